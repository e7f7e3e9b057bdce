/* The file that a body comes into: what is proven of it, at its place, and behind the body's end how far that is. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/parts.h"
#include "system/file.h"

/* Total (u64), chunks that are proven (u32), state before the first of them. */
enum { NOTE_BYTES = 8 + 4 + 32 };

static bool read_note(struct transfer *transfer, uint64_t size)
{
    uint8_t bytes[NOTE_BYTES];
    if (size <= NOTE_BYTES || size - NOTE_BYTES > PROM_PAYLOAD_MAX ||
        pread(transfer->file, bytes, sizeof bytes, (off_t)(size - NOTE_BYTES)) != (ssize_t)sizeof bytes) {
        return false;
    }
    prom_reader reader = prom_reader_of(prom_span_of(bytes, sizeof bytes));
    const uint64_t total = prom_read_u64(&reader);
    const uint32_t proven = prom_read_u32(&reader);
    transfer->chunks.total = total;
    transfer->proven = proven;
    transfer->state = prom_read_bytes32(&reader);
    return total == size - NOTE_BYTES && proven > 0 && proven <= prom_chunk_count(&transfer->chunks) &&
           total >= transfer->order.length_min && total <= transfer->order.length_max;
}

/* Without a note it may be a whole body that was set aside. */
static bool may_be_whole(struct transfer *transfer, uint64_t size)
{
    transfer->chunks.total = size <= PROM_PAYLOAD_MAX ? size : 0;
    transfer->proven = prom_chunk_count(&transfer->chunks);
    return size > 0 && size <= PROM_PAYLOAD_MAX && size >= transfer->order.length_min &&
           size <= transfer->order.length_max;
}

static void begin_anew(struct transfer *transfer)
{
    transfer->chunks.total = 0;
    transfer->proven = 0;
    transfer->state = transfer->order.hash;
    transfer->again = false;
    (void)!ftruncate(transfer->file, 0);
}

/* Whatever the note says is worth what its hash is worth. */
static void begin_again(struct transfer *transfer)
{
    const uint32_t number = prom_chunk_count(&transfer->chunks) - transfer->proven;
    transfer->again = true;
    transfer->at = prom_chunk_begin(&transfer->chunks, number);
    if (number == 0) {
        transfer->hasher = transfer->order.hasher;
    } else {
        prom_hasher_init_at(&transfer->hasher, &transfer->state, prom_chunk_hashed(&transfer->chunks, number));
    }
}

prom_result prom_part_open(struct transfer *transfer, prom_error *error)
{
    struct stat status;
    const char *path = transfer->order.part;
    transfer->chunks = (struct prom_chunks){.before = prom_hasher_length(&transfer->order.hasher)};
    transfer->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (transfer->file < 0 || fstat(transfer->file, &status) != 0 || !S_ISREG(status.st_mode)) {
        const int why = errno;
        if (transfer->file >= 0) {
            (void)close(transfer->file);
        }
        return prom_fail(error, PROM_CATEGORY_IO, "cannot write '%s': %s", path, strerror(why));
    }
    const uint64_t size = (uint64_t)status.st_size;
    if (read_note(transfer, size) || may_be_whole(transfer, size)) {
        begin_again(transfer);
    } else {
        begin_anew(transfer);
    }
    return prom_ok();
}

bool prom_part_write(const struct transfer *transfer, uint64_t offset, prom_span bytes)
{
    size_t done = 0;
    while (done < bytes.length) {
        const ssize_t put = pwrite(transfer->file, bytes.data + done, bytes.length - done, (off_t)(offset + done));
        if (put <= 0) {
            return false;
        }
        done += (size_t)put;
    }
    return true;
}

bool prom_part_note(const struct transfer *transfer)
{
    uint8_t bytes[NOTE_BYTES];
    prom_arena none = {0};
    prom_writer writer = {.arena = &none, .data = bytes, .capacity = sizeof bytes};
    prom_write_u64(&writer, transfer->chunks.total);
    prom_write_u32(&writer, transfer->proven);
    prom_write_bytes32(&writer, &transfer->state);
    return prom_part_write(transfer, transfer->chunks.total, prom_span_of(bytes, sizeof bytes));
}

void prom_part_hash_some(prom_net *net, struct transfer *transfer)
{
    prom_bytes32 hash;
    const uint64_t left = transfer->chunks.total - transfer->at;
    const size_t length = net->body_bytes == 0 ? 0 : left < sizeof net->block ? (size_t)left : sizeof net->block;
    if (pread(transfer->file, net->block, length, (off_t)transfer->at) != (ssize_t)length) {
        begin_anew(transfer);
        return;
    }
    prom_hasher_add(&transfer->hasher, prom_span_of(net->block, length));
    transfer->at += length;
    net->body_bytes -= length < net->body_bytes ? length : net->body_bytes;
    if (transfer->at < transfer->chunks.total) {
        return;
    }
    transfer->again = false;
    prom_hasher_finish(&transfer->hasher, &hash);
    if (!prom_bytes32_equal(&hash, &transfer->order.hash)) {
        begin_anew(transfer);
    }
}

void prom_part_finish(prom_net *net, struct transfer *transfer)
{
    prom_error error = {{0}};
    if (ftruncate(transfer->file, (off_t)transfer->chunks.total) != 0 || fsync(transfer->file) != 0) {
        prom_transfer_give_up(net, transfer, "the disk did not take it");
        return;
    }
    const prom_result kept = prom_file_rename(transfer->order.part, transfer->order.path, &error);
    prom_transfer_give_up(net, transfer, prom_is_ok(kept) ? NULL : error.sentence);
}
