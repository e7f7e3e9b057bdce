//! How often each word occurs in a text: what ../wordcount/wordcount.c does, with the same results.

#[path = "../prom.rs"]
mod prom;

use std::collections::BTreeMap;

type Table = BTreeMap<Vec<u8>, u64>;

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// Returns where the word ends that begins at `begin`: there, if none does.
fn end_of_word(text: &[u8], begin: usize) -> usize {
    let is_inside = |i: usize| {
        in_word(text[i])
            || (text[i] == b'\''
                && i > begin
                && text.get(i + 1).map_or(false, |&next| in_word(next)))
    };
    (begin..text.len())
        .find(|&i| !is_inside(i))
        .unwrap_or(text.len())
}

fn write(table: Table) -> Vec<u8> {
    let mut rows = Vec::new();
    for (word, count) in table {
        rows.extend(word);
        rows.extend(format!(" {count}\n").bytes());
    }
    rows
}

fn count(mut text: Vec<u8>) -> Vec<u8> {
    text.make_ascii_lowercase();
    let mut table = Table::new();
    let mut i = 0;
    while i < text.len() {
        let end = end_of_word(&text, i);
        if end > i {
            match table.get_mut(&text[i..end]) {
                Some(count) => *count += 1,
                None => drop(table.insert(text[i..end].to_vec(), 1)),
            }
        }
        i = end.max(i + 1);
    }
    write(table)
}

fn add(table: &mut Table, rows: &[u8]) {
    for row in rows
        .split(|&byte| byte == b'\n')
        .filter(|row| !row.is_empty())
    {
        let space = row
            .iter()
            .position(|&byte| byte == b' ')
            .expect("a row is a word, a space and a count");
        let count: u64 = std::str::from_utf8(&row[space + 1..])
            .unwrap()
            .parse()
            .unwrap();
        *table.entry(row[..space].to_vec()).or_insert(0) += count;
    }
}

fn merge(first: Vec<u8>, second: Vec<u8>) -> Vec<u8> {
    let mut table = Table::new();
    add(&mut table, &first);
    add(&mut table, &second);
    write(table)
}

prom_program!(count, merge);
