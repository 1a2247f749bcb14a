#include "messagepack.h"

#include <string.h>

/* ------------------------------------------------------------------------------------ writing */

static void put(Writer *out, const void *bytes, size_t size) {
    if (size > out->capacity - out->size) {
        out->overflow = true;
        return;
    }
    memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

/* A byte that says what follows, and a number in `width` bytes, the highest first. */
static void put_number(Writer *out, uint8_t head, uint64_t value, int width) {
    uint8_t bytes[9] = {head};
    for (int index = 0; index < width; index++)
        bytes[1 + index] = (uint8_t)(value >> (8 * (width - 1 - index)));
    put(out, bytes, 1 + (size_t)width);
}

void put_array(Writer *out, uint32_t count) {
    if (count < 16)
        put_number(out, (uint8_t)(0x90 | count), 0, 0);
    else
        put_number(out, 0xdd, count, 4);
}

void put_int(Writer *out, int64_t value) {
    if (value >= -32 && value < 128)
        put_number(out, (uint8_t)value, 0, 0);
    else
        put_number(out, 0xd3, (uint64_t)value, 8);
}

void put_text(Writer *out, const char *text) {
    put_number(out, 0xdb, strlen(text), 4);
    put(out, text, strlen(text));
}

void put_bool(Writer *out, bool value) { put_number(out, value ? 0xc3 : 0xc2, 0, 0); }

/* ------------------------------------------------------------------------------------ reading */

Reader reader_of(const void *bytes, size_t size) {
    const uint8_t *start = bytes;
    return (Reader){start, start + size, true};
}

static const uint8_t *take(Reader *in, uint64_t size) {
    if (!in->ok || size > (uint64_t)(in->end - in->at)) {
        in->ok = false;
        return NULL;
    }
    in->at += size;
    return in->at - size;
}

static uint64_t take_number(Reader *in, int width) {
    const uint8_t *bytes = take(in, (uint64_t)width);
    uint64_t value = 0;
    for (int index = 0; bytes && index < width; index++)
        value = value << 8 | bytes[index];
    return value;
}

static uint8_t take_head(Reader *in) { return (uint8_t)take_number(in, 1); }

static bool fail(Reader *in) {
    in->ok = false;
    return false;
}

uint32_t get_array(Reader *in) {
    uint8_t head = take_head(in);
    if ((head & 0xf0) == 0x90)
        return head & 0x0f;
    if (head == 0xdc || head == 0xdd)
        return (uint32_t)take_number(in, head == 0xdc ? 2 : 4);
    return fail(in);
}

int64_t get_int(Reader *in) {
    uint8_t head = take_head(in);
    if (head < 0x80 || head >= 0xe0)
        return (int8_t)head;
    if (head >= 0xcc && head <= 0xcf) {
        uint64_t value = take_number(in, 1 << (head - 0xcc));
        return value <= INT64_MAX ? (int64_t)value : fail(in);
    }
    if (head >= 0xd0 && head <= 0xd3) {
        int width = 1 << (head - 0xd0), unused = 64 - 8 * width;
        return (int64_t)(take_number(in, width) << unused) >> unused;
    }
    return fail(in);
}

int64_t get_int_within(Reader *in, int64_t low, int64_t high) {
    int64_t value = get_int(in);
    return value >= low && value <= high ? value : fail(in);
}

/* Whether these bytes are UTF-8: no stray or missing continuation, no surrogate, none too long. */
static bool is_utf8(const uint8_t *at, const uint8_t *end) {
    while (at < end) {
        uint8_t head = *at++;
        int more = head < 0x80 ? 0 : head < 0xc2 ? -1 : head < 0xe0 ? 1 : head < 0xf0 ? 2 : head < 0xf5 ? 3 : -1;
        if (more < 0 || end - at < more)
            return false;
        if ((head == 0xe0 && at[0] < 0xa0) || (head == 0xed && at[0] > 0x9f) ||
            (head == 0xf0 && at[0] < 0x90) || (head == 0xf4 && at[0] > 0x8f))
            return false;
        for (; more > 0; more--)
            if ((*at++ & 0xc0) != 0x80)
                return false;
    }
    return true;
}

/* The size of text or bytes whose first byte is `head`; -1 if it is neither. */
static int64_t size_of_string(Reader *in, uint8_t head, bool text) {
    if (text && (head & 0xe0) == 0xa0)
        return head & 0x1f;
    uint8_t first = text ? 0xd9 : 0xc4;
    return head >= first && head <= first + 2 ? (int64_t)take_number(in, 1 << (head - first)) : -1;
}

Text get_text(Reader *in) {
    int64_t size = size_of_string(in, take_head(in), true);
    const uint8_t *bytes = size < 0 ? NULL : take(in, (uint64_t)size);
    if (!bytes || !is_utf8(bytes, bytes + size)) {
        fail(in);
        return (Text){"", 0};
    }
    return (Text){(const char *)bytes, (size_t)size};
}

bool get_bool(Reader *in) {
    uint8_t head = take_head(in);
    return head == 0xc3 || (head != 0xc2 && fail(in));
}

/* Goes on until nothing is pending, so that no nesting is too deep. */
void skip(Reader *in) {
    for (uint64_t pending = 1; in->ok && pending > 0; pending--) {
        uint8_t head = take_head(in);
        int64_t size = size_of_string(in, head, true);
        if (size < 0)
            size = size_of_string(in, head, false);
        if (size >= 0)
            take(in, (uint64_t)size);
        else if (head < 0x80 || head >= 0xe0 || head == 0xc0 || head == 0xc2 || head == 0xc3)
            continue;
        else if ((head & 0xf0) == 0x80)
            pending += 2 * (uint64_t)(head & 0x0f);
        else if ((head & 0xf0) == 0x90)
            pending += head & 0x0f;
        else if (head >= 0xc7 && head <= 0xc9)
            take(in, take_number(in, 1 << (head - 0xc7)) + 1);
        else if (head == 0xca || head == 0xcb)
            take(in, head == 0xca ? 4 : 8);
        else if (head >= 0xcc && head <= 0xd3)
            take(in, 1u << ((head - 0xcc) % 4));
        else if (head >= 0xd4 && head <= 0xd8)
            take(in, (1u << (head - 0xd4)) + 1);
        else if (head == 0xdc || head == 0xdd)
            pending += take_number(in, head == 0xdc ? 2 : 4);
        else if (head == 0xde || head == 0xdf)
            pending += 2 * take_number(in, head == 0xde ? 2 : 4);
        else
            in->ok = false; /* 0xc1 is never used */
    }
}

bool at_end(const Reader *in) { return in->ok && in->at == in->end; }
