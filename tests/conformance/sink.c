/* The accepting side: takes integers in, checks that each is its own position and that none is
 * missing or twice, returns credit and confirms.
 *
 * Options: address name run topology incarnation; schema (what it reads on every link); capacity (of
 * an inbox); leave (how many goodbyes it waits for). And mischief:
 *   hold=N     it takes nothing from its inbox, and so returns no credit, until it has had N BEATs
 *   forget=N   after N positions it is a new process: its incarnation grows, and it knows nobody
 *   reset=N    after N positions it asks for a new HELLO, once
 *
 * At the end it tells what it counted. */

#include "peer.h"

#include <stdio.h>
#include <string.h>

enum { PEERS_MAX = 4, TURN_MS = 250, IDLE_TURNS_MAX = 60 };

typedef struct {
    Channel channel;
    int64_t expected, taken, confirmed, told; /* `told` is the credit limit that the peer knows */
    bool credit_due, confirm_due;
} Inbox;

typedef struct {
    char name[NAME_BYTES_MAX];
    int64_t incarnation, newest;
    int64_t number; /* of the present connection; 0: it left or was refused */
    uint8_t routing_id[256];
    size_t routing_id_size;
    int channels;
    Inbox inboxes[CHANNELS_MAX];
} Peer;

typedef struct {
    int64_t first, count, round, pushed;
    Channel channel;
} Push;

static void *router;
static Peer peers[PEERS_MAX];
static int known_peers;
static int64_t incarnation, capacity, hold, forget_at, reset_at, goodbyes;
static struct { int64_t garbage, unexpected, stale, duplicates, gaps, beyond_credit, refused; } counts;

/* ------------------------------------------------------------------------------------ answers */

static void begin_answer(Header *header, uint32_t fields, int tag, int64_t number) {
    begin(header, fields, tag);
    put_int(&header->out, number);
}

/* An answer to who is gone is lost, as it would be on the way. */
static void answer(const void *routing_id, size_t size, Header *header) {
    if (send_frame(router, routing_id, size, true))
        send_header(router, header, false);
}

static void say_reset(const void *routing_id, size_t size, int64_t number, bool final, const char *reason) {
    static Header header;
    begin_answer(&header, 3, RESET, number);
    put_text(&header.out, reason);
    put_bool(&header.out, final);
    answer(routing_id, size, &header);
}

static void refuse(Peer *peer, bool final, const char *reason) {
    say_reset(peer->routing_id, peer->routing_id_size, peer->number, final, reason);
    peer->number = 0;
}

typedef int64_t Position(Inbox *inbox);

static int64_t expected_of(Inbox *inbox) { return inbox->expected; }
static int64_t confirmed_of(Inbox *inbox) { return inbox->confirmed; }
static int64_t grant(Inbox *inbox) { return inbox->told = inbox->taken + capacity; }

static void put_marks(Writer *out, Peer *peer, Position *position) {
    put_array(out, (uint32_t)peer->channels);
    for (int index = 0; index < peer->channels; index++)
        put_mark(out, peer->inboxes[index].channel, position(&peer->inboxes[index]));
}

static void say_welcome(Peer *peer) {
    static Header header;
    begin_answer(&header, 6, WELCOME, peer->number);
    put_text(&header.out, option("name", "sink"));
    put_int(&header.out, incarnation);
    put_marks(&header.out, peer, expected_of);
    put_marks(&header.out, peer, confirmed_of);
    put_marks(&header.out, peer, grant);
    answer(peer->routing_id, peer->routing_id_size, &header);
}

/* One CREDIT, or one CONFIRM that says both, before the next wait; all channels, changed or not. */
static void flush(Peer *peer) {
    static Header header;
    bool credit = false, confirm = false;
    for (int index = 0; index < peer->channels; index++) {
        credit |= peer->inboxes[index].credit_due;
        confirm |= peer->inboxes[index].confirm_due;
        peer->inboxes[index].credit_due = peer->inboxes[index].confirm_due = false;
    }
    if (peer->number && confirm) {
        begin_answer(&header, credit ? 4 : 2, CONFIRM, peer->number);
        put_marks(&header.out, peer, confirmed_of);
        if (credit) {
            put_int(&header.out, 0); /* linger */
            put_marks(&header.out, peer, grant);
        }
        answer(peer->routing_id, peer->routing_id_size, &header);
    } else if (peer->number && credit) {
        begin_answer(&header, 2, CREDIT, peer->number);
        put_marks(&header.out, peer, grant);
        answer(peer->routing_id, peer->routing_id_size, &header);
    }
}

/* ------------------------------------------------------------------------------ introductions */

static bool text_is(Text text, const char *other) {
    return text.size == strlen(other) && memcmp(text.bytes, other, text.size) == 0;
}

static Peer *peer_named(Text name) {
    for (int index = 0; index < known_peers; index++)
        if (text_is(name, peers[index].name))
            return &peers[index];
    return NULL;
}

static Inbox *inbox_of(Peer *peer, Channel channel, int64_t first) {
    for (int index = 0; index < peer->channels; index++)
        if (same_channel(peer->inboxes[index].channel, channel))
            return &peer->inboxes[index];
    if (peer->channels == CHANNELS_MAX)
        give_up("%s names more than %d channels", peer->name, CHANNELS_MAX);
    Inbox *inbox = &peer->inboxes[peer->channels++];
    *inbox = (Inbox){channel, first, first, first, first + capacity, false, false};
    return inbox;
}

typedef struct {
    int64_t protocol, incarnation, number, misread;
    Text run, topology, name, schema;
    Marks unconfirmed;
} Hello;

/* The first link on which what is pushed is not, to the letter, what is read here. */
static void get_carried(Reader *in, Hello *hello) {
    uint32_t links = get_array(in);
    hello->misread = -1;
    for (uint32_t index = 0; in->ok && index < links; index++) {
        uint32_t fields = get_array(in);
        int64_t link = get_int(in);
        Text schema = get_text(in);
        if (fields != 2)
            in->ok = false;
        if (hello->misread < 0 && !text_is(schema, option("schema", "\"int\""))) {
            hello->misread = link;
            hello->schema = schema;
        }
    }
}

static bool get_hello(Reader *in, uint32_t fields, Hello *hello) {
    hello->protocol = get_int(in);
    hello->run = get_text(in);
    hello->topology = get_text(in);
    hello->name = get_text(in);
    hello->incarnation = get_int(in);
    hello->number = get_int_within(in, 1, POSITION_MAX);
    get_text(in); /* its address: this sink dials nobody */
    hello->unconfirmed = get_marks(in);
    hello->misread = -1;
    if (fields > 8)
        get_carried(in, hello);
    return close_header(in, fields, fields > 8 ? 9 : 8);
}

static void object(char *reason, size_t size, Text name, const char *what, Text theirs, const char *ours) {
    snprintf(reason, size, "%.*s has %s %.*s, and %s has %s", (int)name.size, name.bytes, what,
             (int)theirs.size, theirs.bytes, option("name", "sink"), ours);
}

/* Why this peer cannot be welcomed, with both values; false if it can. */
static bool objection(const Hello *hello, const Peer *peer, char *reason, size_t size) {
    const char *run = option("run", ""), *topology = option("topology", "");
    Text name = hello->name;
    if (hello->protocol != PROTOCOL)
        snprintf(reason, size, "%.*s has protocol %lld, and %s has %d", (int)name.size, name.bytes,
                 (long long)hello->protocol, option("name", "sink"), PROTOCOL);
    else if (!text_is(hello->run, run))
        object(reason, size, name, "run", hello->run, run);
    else if (!text_is(hello->topology, topology))
        object(reason, size, name, "topology", hello->topology, topology);
    else if (peer && hello->incarnation < peer->incarnation)
        snprintf(reason, size, "%s has incarnation %lld, and %s knows its incarnation %lld", peer->name,
                 (long long)hello->incarnation, option("name", "sink"), (long long)peer->incarnation);
    else if (hello->misread >= 0)
        snprintf(reason, size, "what is pushed on link %lld is %s at %s and %.*s at %.*s",
                 (long long)hello->misread, option("schema", "\"int\""), option("name", "sink"),
                 (int)hello->schema.size, hello->schema.bytes, (int)name.size, name.bytes);
    else if ((!peer && known_peers == PEERS_MAX) || name.size >= NAME_BYTES_MAX)
        snprintf(reason, size, "%s has no room for another peer", option("name", "sink"));
    else
        return false;
    return true;
}

static void welcome(const Hello *hello, Peer *peer, const Message *message) {
    if (!peer) {
        peer = &peers[known_peers++];
        *peer = (Peer){.incarnation = hello->incarnation};
        memcpy(peer->name, hello->name.bytes, hello->name.size);
    }
    if (hello->incarnation > peer->incarnation)
        peer->channels = 0;
    peer->incarnation = hello->incarnation;
    peer->number = peer->newest = hello->number;
    peer->routing_id_size = message->from_size;
    memcpy(peer->routing_id, message->from, message->from_size);
    for (int index = 0; index < hello->unconfirmed.count; index++) {
        Mark mark = hello->unconfirmed.marks[index];
        Inbox *inbox = inbox_of(peer, mark.channel, mark.position);
        if (inbox->expected < mark.position)
            *inbox = (Inbox){mark.channel, mark.position, mark.position, mark.position, 0, false, false};
    }
    say_welcome(peer);
    tell("welcomed %s incarnation=%lld connection=%lld", peer->name, (long long)peer->incarnation,
         (long long)peer->number);
}

static void hear_hello(const Hello *hello, const Message *message) {
    static char reason[70000];
    Peer *peer = peer_named(hello->name);
    if (objection(hello, peer, reason, sizeof reason)) {
        counts.refused++;
        say_reset(message->from, message->from_size, hello->number, true, reason);
        tell("refused %s", reason);
    } else if (peer && hello->incarnation == peer->incarnation && hello->number <= peer->newest) {
        counts.stale++;
    } else {
        welcome(hello, peer, message);
    }
}

/* ------------------------------------------------------------------------------------- pushes */

/* How many of these positions are old; -1 if nothing of it may be taken. */
static int64_t sequence(Peer *peer, Inbox *inbox, int64_t first, int64_t count) {
    static char reason[200];
    if (first + count <= inbox->expected) {
        counts.duplicates += count;
        inbox->confirm_due = true;
        return -1;
    }
    if (first > inbox->expected) {
        counts.gaps++;
        snprintf(reason, sizeof reason, "jumped from %lld to %lld", (long long)inbox->expected, (long long)first);
        refuse(peer, false, reason);
        return -1;
    }
    counts.duplicates += inbox->expected - first;
    return inbox->expected - first;
}

static void settle(Inbox *inbox) {
    if (hold > 0)
        return;
    inbox->taken = inbox->confirmed = inbox->expected;
    inbox->credit_due = inbox->confirm_due = true;
}

/* What may be told to happen at a position, once. */
static void misbehave(Peer *peer, int64_t position) {
    if (reset_at >= 0 && position >= reset_at) {
        reset_at = -1;
        refuse(peer, false, "once more, please");
    } else if (forget_at >= 0 && position >= forget_at) {
        tell("forgot at %lld", (long long)position);
        forget_at = -1;
        incarnation++;
        known_peers = 0;
    }
}

static void hear_data(Peer *peer, const Push *push, const Message *message) {
    Inbox *inbox = inbox_of(peer, push->channel, 0);
    int64_t old = sequence(peer, inbox, push->first, push->count);
    if (old < 0)
        return;
    if (push->first + push->count > inbox->told) {
        counts.beyond_credit += push->count;
        refuse(peer, true, "beyond credit");
        return;
    }
    Reader body = reader_of(message->frames[1], message->sizes[1]);
    if (get_array(&body) != push->count)
        give_up("a body of another size than %lld", (long long)push->count);
    for (int64_t position = push->first; position < push->first + push->count; position++)
        if (get_int(&body) != position)
            give_up("another value at position %lld", (long long)position);
    if (!at_end(&body))
        give_up("a body that cannot be read");
    inbox->expected = push->first + push->count;
    settle(inbox);
    flush(peer);
    misbehave(peer, inbox->expected);
}

static void hear_end(Peer *peer, const Push *push) {
    Inbox *inbox = inbox_of(peer, push->channel, 0);
    if (sequence(peer, inbox, push->first, 1) < 0)
        return;
    inbox->expected = push->first + 1;
    settle(inbox);
    tell("ended round=%lld position=%lld count=%lld", (long long)push->round, (long long)push->first,
         (long long)push->pushed);
}

static void hear_beat(Peer *peer) {
    static Header header;
    if (hold > 0)
        hold--;
    for (int index = 0; index < peer->channels; index++) {
        settle(&peer->inboxes[index]);
        peer->inboxes[index].credit_due = peer->inboxes[index].confirm_due = true;
    }
    begin_answer(&header, 1, BEAT, peer->number);
    answer(peer->routing_id, peer->routing_id_size, &header);
}

/* ---------------------------------------------------------------------------- what is heard */

/* Reads the fields of anything but HELLO; false if they are garbage. */
static bool read_fields(int64_t tag, Reader *in, uint32_t fields, Push *push) {
    switch (tag) {
    case DATA:
        push->channel = get_channel(in);
        push->first = get_int_within(in, 0, POSITION_MAX);
        push->count = get_int_within(in, 1, POSITION_MAX);
        push->round = get_int(in);
        return close_header(in, fields, 7);
    case END:
        push->channel = get_channel(in);
        push->first = get_int_within(in, 0, POSITION_MAX);
        push->round = get_int(in);
        push->pushed = get_int_within(in, 0, POSITION_MAX);
        return close_header(in, fields, 7);
    case BYE:
    case STOP:
        get_text(in);
        return close_header(in, fields, 2);
    case BEAT:
        return close_header(in, fields, 1);
    case CREDIT:
    case CONFIRM:
        get_marks(in);
        return close_header(in, fields, 2);
    case WELCOME:
        get_text(in);
        get_int(in);
        return get_marks(in), get_marks(in), get_marks(in), close_header(in, fields, 6);
    case RESET:
        get_text(in);
        get_bool(in);
        return close_header(in, fields, 3);
    case CALL:
    case REPLY:
    case ROUND_START: /* no business of a sink: what is inside is not looked at */
        for (uint32_t index = 1; index < fields; index++)
            skip(in);
        return at_end(in);
    default:
        return false;
    }
}

static Peer *peer_on(const Message *message) {
    for (int index = 0; index < known_peers; index++)
        if (peers[index].routing_id_size == message->from_size &&
            memcmp(peers[index].routing_id, message->from, message->from_size) == 0)
            return &peers[index];
    return NULL;
}

static void hear_stranger(int64_t tag, int64_t number, const Message *message) {
    if (tag == BYE) {
        counts.unexpected++;
    } else {
        counts.refused++;
        say_reset(message->from, message->from_size, number, false, "say HELLO first");
    }
}

static void hear_welcomed(Peer *peer, int64_t tag, const Push *push, const Message *message) {
    switch (tag) {
    case DATA:
        if (message->count < 2)
            counts.garbage++;
        else
            hear_data(peer, push, message);
        break;
    case END:
        hear_end(peer, push);
        break;
    case BEAT:
        hear_beat(peer);
        break;
    case BYE:
        peer->number = 0;
        goodbyes--;
        tell("left %s", peer->name);
        break;
    default:
        counts.unexpected++;
    }
}

static void hear(const Message *message) {
    Reader in;
    uint32_t fields;
    static Hello hello;
    Push push = {0};
    int64_t tag = open_header(message, &in, &fields);
    if (tag == HELLO) {
        if (get_hello(&in, fields, &hello))
            hear_hello(&hello, message);
        else
            counts.garbage++;
        return;
    }
    int64_t number = get_int(&in);
    if (!read_fields(tag, &in, fields, &push)) {
        counts.garbage++;
        return;
    }
    Peer *peer = peer_on(message);
    if (!peer)
        hear_stranger(tag, number, message);
    else if (number != peer->number || peer->number == 0)
        counts.stale++;
    else
        hear_welcomed(peer, tag, &push, message);
}

int run_sink(void) {
    static Message message;
    void *context = zmq_ctx_new();
    incarnation = number_option("incarnation", 0);
    capacity = number_option("capacity", 256);
    hold = number_option("hold", 0);
    forget_at = number_option("forget", -1);
    reset_at = number_option("reset", -1);
    goodbyes = number_option("leave", 1);
    router = open_socket(context, ZMQ_ROUTER);
    if (zmq_bind(router, option("address", "")) != 0)
        give_up("cannot listen: %s", zmq_strerror(zmq_errno()));
    tell("listening");
    for (int idle = 0; goodbyes > 0 && idle < IDLE_TURNS_MAX;) {
        if (!receive(router, true, &message, TURN_MS)) {
            idle++;
            continue;
        }
        idle = 0;
        hear(&message);
        for (int index = 0; index < known_peers; index++)
            flush(&peers[index]);
    }
    tell("counts garbage=%lld unexpected=%lld stale=%lld duplicates=%lld gaps=%lld beyond_credit=%lld refused=%lld",
         (long long)counts.garbage, (long long)counts.unexpected, (long long)counts.stale,
         (long long)counts.duplicates, (long long)counts.gaps, (long long)counts.beyond_credit,
         (long long)counts.refused);
    zmq_close(router);
    zmq_ctx_term(context);
    return goodbyes > 0 ? 1 : 0;
}
