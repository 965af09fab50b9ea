"""Task 9.10: short responses, sent once a turn (`engines.outbox`)."""

from lanes import Loop, Transport

from groundup.engines.outbox import Outbox
from workshop import kit

pytestmark = kit.task("9.10")


def test_what_is_posted_is_written_in_the_next_turn():
    loop, transport = Loop(), Transport()
    box = Outbox(loop)
    kit.did("post b'one' and b'two'")
    box.post(transport, b"one")
    box.post(transport, b"two")
    kit.expect(transport.writes, [], "what has been written in this turn of the loop")
    loop.turn()
    kit.expect(b"".join(transport.writes), b"onetwo", "after it: both, in their order")
    loop.turn()
    kit.expect(b"".join(transport.writes), b"onetwo", "and nothing twice")


def test_sixty_posts_cost_one_call_of_the_loop():
    loop, transports = Loop(), [Transport() for _ in range(60)]
    box = Outbox(loop)
    for number, transport in enumerate(transports):
        box.post(transport, b"%d" % number)
    kit.expect(dict(loop.asked), {"call_soon": 1}, "what the loop was asked for 60 responses")
    loop.turn()
    kit.expect([t.writes for t in transports], [[b"%d" % n] for n in range(60)], "each its own")
    box.post(transports[0], b"again")
    kit.expect(loop.asked["call_soon"], 2, "calls, after a post in a later turn")
    loop.turn()
    kit.expect(transports[0].writes, [b"0", b"again"], "what was written")


def test_who_cannot_wait_may_empty_it():
    loop, transport = Loop(), Transport()
    box = Outbox(loop)
    box.post(transport, b"one")
    box.empty()
    kit.expect(transport.writes, [b"one"], "empty() writes at once")
    box.empty()
    loop.turn()
    kit.expect(transport.writes, [b"one"], "an empty box writes nothing")


def test_a_write_may_post():
    loop = Loop()
    box = Outbox(loop)

    class Again(Transport):
        def write(self, data):
            super().write(data)
            if len(self.writes) < 3:
                box.post(self, b"next")

    transport = Again()
    box.post(transport, b"first")
    kit.did("a transport whose write() leads to another post")
    loop.turn()
    kit.expect(transport.writes, [b"first"], "what is written in this turn")
    loop.turn()
    loop.turn()
    kit.expect(transport.writes, [b"first", b"next", b"next"], "the others in the next ones")
    kit.expect(loop.asked["call_soon"], 3, "calls of the loop, one for each turn")
