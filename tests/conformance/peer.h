/* What both roles of the peer share: messages over ZeroMQ, and how they are written and read.
 *
 * Everything here follows docs/design/sessions.md and nothing else. */

#ifndef PEER_H
#define PEER_H

#include "messagepack.h"
#include "zeromq.h"

enum { PROTOCOL = 5 };
enum {
    HELLO = 1, WELCOME, RESET, DATA, END, CREDIT, CONFIRM, BYE,
    CALL, REPLY, ROUND_START, STOP, BEAT
};
#define POSITION_MAX (INT64_C(1) << 62)

enum { FRAME_BYTES_MAX = 1 << 20, FRAMES_MAX = 4, NAME_BYTES_MAX = 256, CHANNELS_MAX = 16 };

/* The value of `name=value` among the words of the command line. */
const char *option(const char *name, const char *otherwise);
int64_t number_option(const char *name, int64_t otherwise);

/* Tell the test, one fact a line, at once. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What must not happen: say it on standard error and exit. */
_Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ------------------------------------------------------------------------------------- frames */

/* One message: whom it is from (a ROUTER alone knows), its header, and what is behind it. */
typedef struct {
    uint8_t from[256];
    size_t from_size;
    int count; /* of frames; those beyond FRAMES_MAX are counted and dropped */
    size_t sizes[FRAMES_MAX];
    uint8_t frames[FRAMES_MAX][FRAME_BYTES_MAX];
} Message;

void *open_socket(void *context, int type);
/* Waits so long for a message; false if none came. */
bool receive(void *socket, bool routed, Message *message, long wait_ms);
/* Sends a frame and waits until it is taken; false if whom it is for is gone. */
bool send_frame(void *socket, const void *bytes, size_t size, bool more);

/* ------------------------------------------------------------------------------------ headers */

typedef struct {
    int64_t link, source, destination;
} Channel;

bool same_channel(Channel one, Channel other);

/* Begins a header: an array whose first element is the tag and whose second is the connection. */
typedef struct {
    uint8_t bytes[65536];
    Writer out;
} Header;

void begin(Header *header, uint32_t fields, int tag);
void put_mark(Writer *out, Channel channel, int64_t position);
void send_header(void *socket, Header *header, bool more);

typedef struct {
    Channel channel;
    int64_t position;
} Mark;

typedef struct {
    int count; /* kept; more than CHANNELS_MAX are read and dropped */
    Mark marks[CHANNELS_MAX];
} Marks;

Channel get_channel(Reader *in);
Marks get_marks(Reader *in);

/* Opens a header and reads its tag; `fields` is how many elements are behind it. */
int64_t open_header(const Message *message, Reader *in, uint32_t *fields);
/* Reads to the end: elements that a later protocol added, then nothing. False if it is garbage. */
bool close_header(Reader *in, uint32_t fields, uint32_t known);

int run_source(void);
int run_sink(void);

#endif
