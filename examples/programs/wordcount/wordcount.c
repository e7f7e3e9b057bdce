/* How often each word occurs in a text. README.md says what a word is, and what a result looks like. */
#include "../prom.h"

typedef struct entry {
    uint8_t *word;
    uint32_t length; /* 0: a free slot */
    uint32_t hash;
    uint64_t count;
} entry;

typedef struct table {
    entry *slots;
    uint32_t size; /* a power of 2, more than twice as many as are used */
    uint32_t used;
} table;

static bool in_word(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
}

static entry *slot_of(const table *words, const uint8_t *word, uint32_t length, uint32_t hash)
{
    for (uint32_t i = hash;; i++) {
        entry *slot = &words->slots[i & (words->size - 1)];
        if (slot->length == 0 ||
            (slot->hash == hash && slot->length == length && prom_compare(slot->word, length, word, length) == 0)) {
            return slot;
        }
    }
}

static void grow(table *words)
{
    prom_require(words->size <= UINT32_MAX / 2 / sizeof(entry));
    table larger = {prom_alloc(words->size * 2 * (uint32_t)sizeof(entry)), words->size * 2, words->used};
    for (uint32_t i = 0; i < words->size; i++) {
        const entry *old = &words->slots[i];
        if (old->length > 0) {
            *slot_of(&larger, old->word, old->length, old->hash) = *old;
        }
    }
    *words = larger;
}

static void count(table *words, uint8_t *word, uint32_t length, uint32_t hash)
{
    entry *slot = slot_of(words, word, length, hash);
    if (slot->length > 0) {
        slot->count++;
        return;
    }
    *slot = (entry){word, length, hash, 1};
    words->used++;
    if (words->used >= words->size / 2) {
        grow(words);
    }
}

/* Counts the words of a text, whose letters become lower-case ones. */
static void count_all(table *words, prom_bytes text)
{
    uint32_t i = 0;
    while (i < text.length) {
        uint32_t begin = i;
        uint32_t hash = 2166136261U; /* FNV-1a */
        while (i < text.length && (in_word(text.at[i]) || (text.at[i] == '\'' && i > begin && i + 1 < text.length &&
                                                           in_word(text.at[i + 1])))) {
            if (text.at[i] >= 'A' && text.at[i] <= 'Z') {
                text.at[i] = (uint8_t)(text.at[i] + ('a' - 'A'));
            }
            hash = (hash ^ text.at[i]) * 16777619U;
            i++;
        }
        if (i > begin) {
            count(words, text.at + begin, i - begin, hash);
        } else {
            i++;
        }
    }
}

static bool before(const entry *left, const entry *right)
{
    return prom_compare(left->word, left->length, right->word, right->length) < 0;
}

/* Moves an entry down a heap whose greatest is at 0, until none below it is greater. */
static void sink(entry *heap, uint32_t at, uint32_t size)
{
    entry moved = heap[at];
    while (at < size / 2) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < size && before(&heap[child], &heap[child + 1])) {
            child++;
        }
        if (!before(&moved, &heap[child])) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static void sort(entry *entries, uint32_t size)
{
    for (uint32_t i = size / 2; i > 0; i--) {
        sink(entries, i - 1, size);
    }
    for (uint32_t i = size; i > 1; i--) {
        entry last = entries[i - 1];
        entries[i - 1] = entries[0];
        entries[0] = last;
        sink(entries, 0, i - 1);
    }
}

static uint8_t *write_row(uint8_t *at, const entry *row)
{
    at = prom_write_bytes(at, row->word, row->length);
    *at++ = ' ';
    at = prom_write_decimal(at, row->count);
    *at++ = '\n';
    return at;
}

static prom_bytes map(prom_bytes text)
{
    table words = {prom_alloc(1024 * sizeof(entry)), 1024, 0};
    count_all(&words, text);
    uint32_t used = 0; /* packed to the front, for the sort */
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < words.size; i++) {
        if (words.slots[i].length > 0) {
            bytes += words.slots[i].length + PROM_DECIMAL_MAX + 2;
            words.slots[used++] = words.slots[i];
        }
    }
    sort(words.slots, used);
    prom_require(bytes <= UINT32_MAX);
    uint8_t *rows = prom_alloc((uint32_t)bytes);
    uint8_t *end = rows;
    for (uint32_t i = 0; i < used; i++) {
        end = write_row(end, &words.slots[i]);
    }
    return prom_result_of(rows, end);
}
PROM_MAP(map)

/* Reads the next row of a result into `row`; its length is 0 behind the last. */
static void read_row(prom_bytes *rows, entry *row)
{
    *row = (entry){rows->at, 0, 0, 0};
    if (rows->length == 0) {
        return;
    }
    while (row->length < rows->length && rows->at[row->length] != ' ') {
        row->length++;
    }
    prom_require(row->length > 0);
    rows->at += row->length;
    rows->length -= row->length;
    prom_read_byte(rows, ' ');
    row->count = prom_read_decimal(rows);
    prom_read_byte(rows, '\n');
}

static prom_bytes reduce(prom_bytes first, prom_bytes second)
{
    uint64_t bytes = (uint64_t)first.length + second.length; /* also where two rows become one */
    prom_require(bytes <= UINT32_MAX);
    uint8_t *rows = prom_alloc((uint32_t)bytes);
    uint8_t *end = rows;
    entry left;
    entry right;
    read_row(&first, &left);
    read_row(&second, &right);
    while (left.length > 0 || right.length > 0) {
        int order = prom_compare(left.word, left.length, right.word, right.length);
        if (left.length == 0 || right.length == 0) {
            order = left.length == 0 ? 1 : -1;
        }
        entry row = order <= 0 ? left : right;
        if (order == 0) {
            row.count += right.count;
        }
        end = write_row(end, &row);
        if (order <= 0) {
            read_row(&first, &left);
        }
        if (order >= 0) {
            read_row(&second, &right);
        }
    }
    return prom_result_of(rows, end);
}
PROM_REDUCE(reduce)
