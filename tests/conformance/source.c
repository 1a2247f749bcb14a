/* The dialling side: pushes the integers 0, 1, 2, … of one round, then ENDs, and leaves when all is
 * confirmed.
 *
 * Options: address name run topology protocol incarnation connection schema; link source
 * destination count batch round; unconfirmed (how many pushes it keeps at most). And mischief:
 *   drop=N     after N positions it drops its connection, once, and dials anew
 *   again=N    after a drop it sends all that is not confirmed, expected or not, in batches of N
 *   gap=N      it leaves out one batch at position N, once
 *   beyond=1   it does not mind the credit
 *   garbage=N  it sends N messages that nobody can read, once it is welcome
 *   mute=1     it leaves its first HELLO unsaid and begins with BEAT */

#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEAT_AFTER_MS = 250, BEAT_EVERY_MAX_MS = 2000, UNANSWERED_MAX = 20 };

static enum { CALLING, OPEN, CLOSED } state;

static void *context, *dealer;
static Channel channel;
static int64_t number;                       /* of the present introduction */
static int64_t next, sent, confirmed, limit; /* positions, each the one behind */
static int64_t count, batch, bound;          /* of all pushes, of a batch, of what is kept */
static int64_t drop_at, gap_at;              /* -1: not, or not any more */
static int64_t *kept;                        /* the value at a position, by its remainder */

static int64_t end_position(void) { return count; }

/* ------------------------------------------------------------------------------ introductions */

static void say_hello(void) {
    static Header header;
    begin(&header, 9, HELLO);
    Writer *out = &header.out;
    put_int(out, number_option("protocol", PROTOCOL));
    put_text(out, option("run", ""));
    put_text(out, option("topology", ""));
    put_text(out, option("name", "source"));
    put_int(out, number_option("incarnation", 0));
    put_int(out, ++number);
    put_text(out, "ipc:///nobody/dials/a/source");
    put_array(out, 1);
    put_mark(out, channel, confirmed);
    put_array(out, 1);
    put_array(out, 2);
    put_int(out, channel.link);
    put_text(out, option("schema", "\"int\""));
    send_header(dealer, &header, false);
    state = CALLING;
}

static void dial(void) {
    dealer = open_socket(context, ZMQ_DEALER);
    if (zmq_connect(dealer, option("address", "")) != 0)
        give_up("cannot dial: %s", zmq_strerror(zmq_errno()));
}

static void drop_connection(void) {
    int nothing_ms = 0;
    zmq_setsockopt(dealer, ZMQ_LINGER, &nothing_ms, sizeof nothing_ms);
    zmq_close(dealer);
    tell("dropped at %lld", (long long)sent);
    drop_at = -1;
    dial();
    say_hello();
}

static void say_beat(void) {
    static Header header;
    begin(&header, 1, BEAT);
    put_int(&header.out, number);
    send_header(dealer, &header, false);
}

/* ------------------------------------------------------------------------------------- pushes */

/* Gives values their positions, as many as may be kept; END needs no room. */
static void produce(void) {
    for (; next < count && next - confirmed < bound; next++)
        kept[next % bound] = next;
    if (next == end_position())
        next++;
}

static void send_batch(int64_t first, int64_t size) {
    static Header header;
    static Header body;
    begin(&header, 7, DATA);
    put_int(&header.out, number);
    put_int(&header.out, channel.link);
    put_int(&header.out, channel.source);
    put_int(&header.out, channel.destination);
    put_int(&header.out, first);
    put_int(&header.out, size);
    put_int(&header.out, number_option("round", 0));
    send_header(dealer, &header, true);
    body.out = (Writer){body.bytes, 0, sizeof body.bytes, false};
    put_array(&body.out, (uint32_t)size);
    for (int64_t position = first; position < first + size; position++)
        put_int(&body.out, kept[position % bound]);
    send_header(dealer, &body, false);
}

static void send_end(void) {
    static Header header;
    begin(&header, 7, END);
    put_int(&header.out, number);
    put_int(&header.out, channel.link);
    put_int(&header.out, channel.source);
    put_int(&header.out, channel.destination);
    put_int(&header.out, end_position());
    put_int(&header.out, number_option("round", 0));
    put_int(&header.out, count);
    send_header(dealer, &header, false);
}

static int64_t least(int64_t one, int64_t other) { return one < other ? one : other; }

/* Sends what is kept and not sent, as far as the credit reaches. */
static void push(void) {
    int64_t reach = number_option("beyond", 0) ? INT64_MAX : limit;
    while (state == OPEN && sent < next) {
        if (sent == end_position()) {
            send_end();
            sent++;
            continue;
        }
        int64_t size = least(batch, least(least(next, count), reach) - sent);
        if (size <= 0)
            return;
        if (gap_at >= 0 && sent >= gap_at) {
            tell("left out %lld to %lld", (long long)sent, (long long)(sent + size));
            gap_at = -1;
        } else {
            send_batch(sent, size);
        }
        sent += size;
        if (drop_at >= 0 && sent >= drop_at)
            drop_connection();
    }
}

/* ------------------------------------------------------------------------------------ garbage */

static const struct {
    const char *bytes;
    size_t size;
} GARBAGE[] = {
    {"", 0},                                      /* nothing */
    {"\x80", 1},                                  /* no array */
    {"\x90", 1},                                  /* no tag */
    {"\x92\x63\x01", 3},                          /* an unknown tag */
    {"\x92\x08\x01", 3},                          /* a field too few */
    {"\x93\x08\xa1" "1\xa1x", 5},                 /* a wrong type */
    {"\x93\x08\x01\xa1\xff", 5},                  /* text that is not UTF-8 */
    {"\x93\x08\x01\xa1x\x00", 6},                 /* something behind the array */
    {"\x93\x08\x01\xa4" "done", 7},               /* truncated */
    {"\x98\x04\x01\x00\x00\x00\x00\x00\x00", 9},  /* a batch of no pushes */
    {"\x98\x04\x01\x00\x00\x00\xff\x01\x00", 9},  /* a position below zero */
    {"\x98\x04\x01\x00\x00\x00\x00\x01\x00", 9},  /* DATA without a body */
};

static void send_garbage(void) {
    int64_t wanted = number_option("garbage", 0);
    for (int64_t index = 0; index < wanted; index++) {
        size_t kind = (size_t)index % (sizeof GARBAGE / sizeof *GARBAGE);
        send_frame(dealer, GARBAGE[kind].bytes, GARBAGE[kind].size, false);
    }
}

/* ---------------------------------------------------------------------------- what is heard */

static void take_confirmation(Marks marks) {
    for (int index = 0; index < marks.count; index++) {
        int64_t upto = marks.marks[index].position;
        if (same_channel(marks.marks[index].channel, channel) && upto > confirmed && upto <= sent)
            confirmed = upto;
    }
}

static void take_credit(Marks marks) {
    for (int index = 0; index < marks.count; index++)
        if (same_channel(marks.marks[index].channel, channel) && marks.marks[index].position > limit)
            limit = marks.marks[index].position;
}

static int64_t position_in(Marks marks, int64_t otherwise) {
    for (int index = 0; index < marks.count; index++)
        if (same_channel(marks.marks[index].channel, channel))
            return marks.marks[index].position;
    return otherwise;
}

static void welcomed(Marks expected, Marks done, Marks credit) {
    int64_t reached = sent;
    sent = least(position_in(expected, confirmed), reached);
    take_confirmation(done);
    if (sent < confirmed)
        sent = confirmed;
    limit = position_in(credit, limit);
    if (number_option("again", 0) && number > 1) {
        sent = confirmed;
        batch = number_option("again", 0);
    }
    bool first = state == CALLING && number == 1;
    state = OPEN;
    tell("welcome expected=%lld confirmed=%lld credit=%lld",
         (long long)position_in(expected, -1), (long long)confirmed, (long long)limit);
    if (first)
        send_garbage();
}

static void reset(Text reason, bool final) {
    tell("reset final=%d %.*s", final, (int)reason.size, reason.bytes);
    if (final)
        state = CLOSED;
    else
        say_hello();
}

/* Takes a message; false if it is garbage. */
static bool hear(const Message *message) {
    Reader in;
    uint32_t fields;
    int64_t tag = open_header(message, &in, &fields);
    int64_t its_number = get_int(&in);
    bool present = its_number == number;
    switch (tag) {
    case WELCOME: {
        get_text(&in);
        get_int(&in);
        Marks expected = get_marks(&in), done = get_marks(&in), credit = get_marks(&in);
        if (!close_header(&in, fields, 6))
            return false;
        if (present && state == CALLING)
            welcomed(expected, done, credit);
        return true;
    }
    case RESET: {
        Text reason = get_text(&in);
        bool final = get_bool(&in);
        if (!close_header(&in, fields, 3))
            return false;
        if (present && state != CLOSED)
            reset(reason, final);
        return true;
    }
    case CREDIT: {
        Marks limits = get_marks(&in);
        if (!close_header(&in, fields, 2))
            return false;
        if (present && state == OPEN)
            take_credit(limits);
        return true;
    }
    case CONFIRM: {
        Marks upto = get_marks(&in), limits = {0};
        if (fields > 2)
            get_int(&in); /* how long to linger, which is a wish */
        if (fields > 3)
            limits = get_marks(&in);
        if (!close_header(&in, fields, fields > 3 ? 4 : fields))
            return false;
        if (present && state == OPEN) {
            take_credit(limits);
            take_confirmation(upto);
        }
        return true;
    }
    case BEAT:
        return close_header(&in, fields, 1);
    case BYE: {
        get_text(&in);
        if (!close_header(&in, fields, 2))
            return false;
        if (present)
            state = CLOSED;
        return true;
    }
    default:
        return false;
    }
}

static void say_bye(void) {
    static Header header;
    begin(&header, 2, BYE);
    put_int(&header.out, number);
    put_text(&header.out, "all is confirmed");
    send_header(dealer, &header, false);
}

static void work(void) {
    static Message message;
    long wait_ms = BEAT_AFTER_MS;
    int unanswered = 0;
    while (state != CLOSED && confirmed <= end_position()) {
        produce();
        push();
        if (receive(dealer, false, &message, wait_ms)) {
            if (!hear(&message))
                tell("garbage");
            unanswered = 0;
            wait_ms = BEAT_AFTER_MS;
        } else if (++unanswered > UNANSWERED_MAX) {
            give_up("nobody answers; sent %lld, limit %lld", (long long)sent, (long long)limit);
        } else {
            if (state == OPEN && unanswered == 1)
                tell("waits at %lld", (long long)sent);
            say_beat();
            wait_ms = (long)least(2 * wait_ms, BEAT_EVERY_MAX_MS);
        }
    }
}

int run_source(void) {
    channel = (Channel){number_option("link", 0), number_option("source", 0), number_option("destination", 0)};
    count = number_option("count", 3000);
    batch = number_option("batch", 100);
    bound = number_option("unconfirmed", 1000);
    drop_at = number_option("drop", -1);
    gap_at = number_option("gap", -1);
    number = number_option("connection", 1) - 1;
    kept = calloc((size_t)bound, sizeof *kept);
    context = zmq_ctx_new();
    if (!kept || !context)
        give_up("no memory");
    dial();
    if (number_option("mute", 0)) {
        number++;
        say_beat();
    } else {
        say_hello();
    }
    work();
    if (state != CLOSED)
        say_bye();
    tell("confirmed %lld", (long long)confirmed);
    zmq_close(dealer);
    zmq_ctx_term(context);
    free(kept);
    return state == CLOSED ? 1 : 0;
}
