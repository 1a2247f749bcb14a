/* MessagePack, as far as the protocol needs it: arrays, integers, text, bytes, booleans. */

#ifndef MESSAGEPACK_H
#define MESSAGEPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writing: into a buffer of fixed size; what does not fit sets `overflow`. */
typedef struct {
    uint8_t *bytes;
    size_t size, capacity;
    bool overflow;
} Writer;

void put_array(Writer *out, uint32_t count);
void put_int(Writer *out, int64_t value);
void put_text(Writer *out, const char *text);
void put_bool(Writer *out, bool value);

/* Reading: after the first thing that is not what was asked for, `ok` is false for good, and all
 * that is read is 0 or empty. */
typedef struct {
    const uint8_t *at, *end;
    bool ok;
} Reader;

/* A view into what was read: no zero at its end. */
typedef struct {
    const char *bytes;
    size_t size;
} Text;

Reader reader_of(const void *bytes, size_t size);
uint32_t get_array(Reader *in);
int64_t get_int(Reader *in);
int64_t get_int_within(Reader *in, int64_t low, int64_t high);
Text get_text(Reader *in); /* valid UTF-8, or not ok */
bool get_bool(Reader *in);
void skip(Reader *in); /* any one thing, whatever is inside */
bool at_end(const Reader *in);

#endif
