/* A peer of swarmdsl in C: proof that docs/design/sessions.md is enough to write one.
 *
 *     peer source address=ipc:///… name=… run=… topology=… count=3000 …
 *     peer sink address=ipc:///… name=… run=… topology=… …
 *
 * The options of each role are told at the head of its file. */

#include "peer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char **words;

const char *option(const char *name, const char *otherwise) {
    size_t size = strlen(name);
    for (char **word = words; *word; word++)
        if (strncmp(*word, name, size) == 0 && (*word)[size] == '=')
            return *word + size + 1;
    return otherwise;
}

int64_t number_option(const char *name, int64_t otherwise) {
    const char *text = option(name, NULL);
    return text ? strtoll(text, NULL, 10) : otherwise;
}

void tell(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

void give_up(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(3);
}

/* ------------------------------------------------------------------------------------- frames */

void *open_socket(void *context, int type) {
    void *socket = zmq_socket(context, type);
    int linger_ms = 1000, yes = 1;
    if (!socket)
        give_up("no socket: %s", zmq_strerror(zmq_errno()));
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    /* A message for a peer that is not there must fail, not wait for who comes in its place. */
    zmq_setsockopt(socket, type == ZMQ_ROUTER ? ZMQ_ROUTER_MANDATORY : ZMQ_IMMEDIATE, &yes, sizeof yes);
    return socket;
}

/* One frame of a message; returns its size. One that does not fit is read as an empty one. */
static size_t receive_frame(void *socket, void *bytes, size_t capacity, bool *more) {
    int size = zmq_recv(socket, bytes, capacity, 0), flag = 0;
    size_t flag_size = sizeof flag;
    if (size < 0)
        give_up("nothing received: %s", zmq_strerror(zmq_errno()));
    zmq_getsockopt(socket, ZMQ_RCVMORE, &flag, &flag_size);
    *more = flag != 0;
    return (size_t)size <= capacity ? (size_t)size : 0;
}

bool receive(void *socket, bool routed, Message *message, long wait_ms) {
    zmq_pollitem_t item = {socket, 0, ZMQ_POLLIN, 0};
    if (zmq_poll(&item, 1, wait_ms) <= 0)
        return false;
    bool more = true;
    if (routed)
        message->from_size = receive_frame(socket, message->from, sizeof message->from, &more);
    for (message->count = 0; more; message->count++) {
        static uint8_t dropped[1];
        bool fits = message->count < FRAMES_MAX;
        size_t size = receive_frame(socket, fits ? message->frames[message->count] : dropped,
                                    fits ? FRAME_BYTES_MAX : 0, &more);
        if (fits)
            message->sizes[message->count] = size;
    }
    return true;
}

bool send_frame(void *socket, const void *bytes, size_t size, bool more) {
    zmq_pollitem_t item = {socket, 0, ZMQ_POLLOUT, 0};
    int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
    for (int attempt = 0; attempt < 100; attempt++) {
        if (zmq_send(socket, bytes, size, flags) >= 0)
            return true;
        if (zmq_errno() == EHOSTUNREACH)
            return false;
        if (zmq_errno() != EAGAIN)
            break;
        zmq_poll(&item, 1, 100);
    }
    give_up("not sent: %s", zmq_strerror(zmq_errno()));
}

/* ------------------------------------------------------------------------------------ headers */

bool same_channel(Channel one, Channel other) {
    return one.link == other.link && one.source == other.source && one.destination == other.destination;
}

void begin(Header *header, uint32_t fields, int tag) {
    header->out = (Writer){header->bytes, 0, sizeof header->bytes, false};
    put_array(&header->out, 1 + fields);
    put_int(&header->out, tag);
}

void put_mark(Writer *out, Channel channel, int64_t position) {
    put_array(out, 4);
    put_int(out, channel.link);
    put_int(out, channel.source);
    put_int(out, channel.destination);
    put_int(out, position);
}

void send_header(void *socket, Header *header, bool more) {
    if (header->out.overflow)
        give_up("a header that is too long");
    send_frame(socket, header->bytes, header->out.size, more);
}

Channel get_channel(Reader *in) {
    Channel channel;
    channel.link = get_int(in);
    channel.source = get_int(in);
    channel.destination = get_int(in);
    return channel;
}

Marks get_marks(Reader *in) {
    Marks found = {0};
    uint32_t count = get_array(in);
    for (uint32_t index = 0; in->ok && index < count; index++) {
        uint32_t fields = get_array(in);
        Mark mark = {.channel = get_channel(in)};
        mark.position = get_int_within(in, 0, POSITION_MAX);
        if (fields != 4)
            in->ok = false;
        if (found.count < CHANNELS_MAX)
            found.marks[found.count++] = mark;
    }
    return found;
}

int64_t open_header(const Message *message, Reader *in, uint32_t *fields) {
    *in = reader_of(message->frames[0], message->sizes[0]);
    uint32_t count = get_array(in);
    *fields = count ? count - 1 : 0;
    int64_t tag = get_int(in);
    /* Only DATA and REPLY have frames behind their headers. */
    if (message->count != 1 && tag != DATA && tag != REPLY)
        in->ok = false;
    return in->ok ? tag : 0;
}

bool close_header(Reader *in, uint32_t fields, uint32_t known) {
    for (uint32_t index = known; in->ok && index < fields; index++)
        skip(in);
    return fields >= known && at_end(in);
}

int main(int count, char **arguments) {
    if (count < 2)
        give_up("usage: peer source|sink name=value …");
    words = arguments + 2;
    if (strcmp(arguments[1], "source") == 0)
        return run_source();
    if (strcmp(arguments[1], "sink") == 0)
        return run_sink();
    give_up("there is no role %s", arguments[1]);
}
