/* The part of libzmq that a peer needs. Declared here, because the library is taken from where
 * Python's binding has it, and no header lies beside it. */

#ifndef ZEROMQ_H
#define ZEROMQ_H

#include <stddef.h>

typedef struct {
    void *socket;
    int fd;
    short events, revents;
} zmq_pollitem_t;

enum { ZMQ_DEALER = 5, ZMQ_ROUTER = 6 };
enum { ZMQ_RCVMORE = 13, ZMQ_LINGER = 17, ZMQ_ROUTER_MANDATORY = 33, ZMQ_IMMEDIATE = 39 };
enum { ZMQ_DONTWAIT = 1, ZMQ_SNDMORE = 2 };
enum { ZMQ_POLLIN = 1, ZMQ_POLLOUT = 2 };

void *zmq_ctx_new(void);
int zmq_ctx_term(void *context);
void *zmq_socket(void *context, int type);
int zmq_close(void *socket);
int zmq_bind(void *socket, const char *address);
int zmq_connect(void *socket, const char *address);
int zmq_setsockopt(void *socket, int option, const void *value, size_t size);
int zmq_getsockopt(void *socket, int option, void *value, size_t *size);
int zmq_send(void *socket, const void *bytes, size_t size, int flags);
int zmq_recv(void *socket, void *bytes, size_t size, int flags);
int zmq_poll(zmq_pollitem_t *items, int count, long timeout_ms);
int zmq_errno(void);
const char *zmq_strerror(int error);

#endif
