"""The network between nodes, in a test's hand: a SOCKS5 proxy (RFC 1928, 1929) for each node, by which all of its links go.
What it carries comes later, where a delay is set, and not at all between nodes that are cut off from each other. One thread
does all of it."""

import collections
import heapq
import random
import selectors
import socket
import threading
import time
import urllib.parse

PIECE = 1460  # bytes of a TCP segment on Ethernet
READ = 1 << 16
WAITING_MAX = 1 << 22  # bytes on their way, in one direction of one connection
LOOK = 0.02  # seconds


class Way:
    """One direction of a connection."""

    def __init__(self, source, sink, ends):
        self.source, self.sink = source, sink
        self.ends = ends  # names of the nodes
        self.pieces = collections.deque()  # (when it is handed on, bytes); of no bytes: the end
        self.waiting = 0  # bytes
        self.last = 0.0  # when the last piece is handed on: TCP keeps the order
        self.reads = False


class Ways:
    """`delay`: seconds from one node to the other; `loss`: of all pieces, of 1; `again`: seconds until one that was lost is
    sent anew."""

    def __init__(self, delay=0.0, loss=0.0, again=0.0, seed=1):
        self.delay, self.loss, self.again = delay, loss, again
        self.drawn = random.Random(seed)
        self.selector = selectors.DefaultSelector()
        self.names = {}  # of nodes, by (host, port)
        self.ways = []
        self.asking = {}  # by socket, (name of the node, what it has said)
        self.opening = []  # (when, name, its socket, (host, port))
        self.due = []  # (when, number, way)
        self.cut_off = set()  # frozensets of two names
        self.count = self.lost = self.carried = 0
        self.failure = None
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    # -- What a test does --

    def proxy_of(self, name, address):
        """HOST:PORT of a proxy for the node that listens at that address."""
        host, port = address.rsplit(":", 1)
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        with self.lock:
            self.names[host, int(port)] = name
            self.selector.register(listener, selectors.EVENT_READ, name)
        return f"127.0.0.1:{listener.getsockname()[1]}"

    def forward(self, listener, url):
        """Has what comes there, without a proxy's protocol, go to where the URL leads."""
        listener.setblocking(False)
        to = urllib.parse.urlsplit(url)
        with self.lock:
            self.selector.register(listener, selectors.EVENT_READ, (to.hostname, to.port))

    def cut(self, one, others):
        with self.lock:
            self.cut_off |= {frozenset((one, other)) for other in others}

    def heal(self):
        with self.lock:
            self.cut_off = set()

    def end(self):
        self.ended.set()
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        for way in self.ways:
            way.source.close()
        self.selector.close()
        if self.failure is not None:
            raise self.failure

    # -- Opening --

    def accept(self, listener, name):
        """`name`: of the node whose proxy it is; or where it leads to."""
        near, _ = listener.accept()
        near.setblocking(False)
        if isinstance(name, tuple):
            self.carry(near, socket.create_connection(name), frozenset())
            return
        self.asking[near] = (name, b"")
        self.selector.register(near, selectors.EVENT_READ, None)

    def ask(self, near):
        """Greeting, name and password, request: each is answered when it is whole."""
        name, said = self.asking.pop(near)
        data = self.receive(near)
        if data == b"":
            self.selector.unregister(near)
            near.close()
            return
        said += data or b""
        if said[:1] == b"\x05" and len(said) >= 2 and len(said) == 2 + said[1]:
            near.sendall(b"\x05\x02" if 2 in said[2:] else b"\x05\x00")
            said = b""
        elif said[:1] == b"\x01" and len(said) >= 2 and len(said) > 2 + said[1] and len(said) == 3 + said[1] + said[2 + said[1]]:
            near.sendall(b"\x01\x00")
            said = b""
        elif said[:4] == b"\x05\x01\x00\x01" and len(said) == 10:
            to = (socket.inet_ntoa(said[4:8]), int.from_bytes(said[8:], "big"))
            self.selector.unregister(near)
            self.opening.append((time.monotonic() + 2 * self.delay + self.late(), name, near, to))
            return
        self.asking[near] = (name, said)

    def open(self, name, near, to):
        """The other side has answered."""
        try:
            far = socket.create_connection(to)
        except OSError:
            near.sendall(b"\x05\x05\x00\x01" + bytes(6))
            near.close()
            return
        near.sendall(b"\x05\x00\x00\x01" + bytes(6))
        self.carry(near, far, frozenset((name, self.names.get(to, ""))))

    # -- Carrying --

    def carry(self, near, far, ends):
        pair = [Way(near, far, ends), Way(far, near, ends)]
        for way in pair:
            way.source.setblocking(False)
            way.source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ways += pair

    @staticmethod
    def receive(source):
        """What has come; of no bytes at the end; None: nothing."""
        try:
            return source.recv(READ)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def late(self):
        """How much later a piece comes because it was lost."""
        late, again = 0.0, self.again
        while self.loss > 0 and self.drawn.random() < self.loss:
            late, again = late + again, 2 * again
            self.lost += 1
        return late

    def read(self, way):
        data = self.receive(way.source)
        if data is None:
            return
        now = time.monotonic()
        for at in range(0, max(1, len(data)), PIECE):
            way.last = max(way.last, now + self.delay + self.late())
            way.pieces.append((way.last, data[at : at + PIECE]))
            self.carried += 1
        way.waiting += len(data)
        self.plan(way, way.pieces[0][0])
        way.reads = way.reads if data else None  # there is no more

    def plan(self, way, when):
        self.count += 1
        heapq.heappush(self.due, (when, self.count, way))

    def hand_on(self, way, now):
        """What is due; the rest later."""
        while way.pieces and way.pieces[0][0] <= now and way.ends not in self.cut_off:
            when, data = way.pieces.popleft()
            try:
                put = way.sink.send(data) if data else way.sink.shutdown(socket.SHUT_WR) or 0
            except BlockingIOError:
                put = 0
            except OSError:
                way.pieces.clear()
                way.reads = None
                return
            way.waiting -= put
            if put < len(data):
                way.pieces.appendleft((when, data[put:]))
                break
        if way.pieces:
            self.plan(way, max(way.pieces[0][0], now + LOOK if way.pieces[0][0] <= now else 0))

    def watch(self):
        """Who is listened to: whoever is not cut off, and does not bring more than is carried away."""
        for way in self.ways:
            if way.reads is None:
                self.forget(way)
                continue
            reads = way.ends not in self.cut_off and way.waiting < WAITING_MAX
            if reads and not way.reads:
                self.selector.register(way.source, selectors.EVENT_READ, way)
            elif way.reads and not reads:
                self.selector.unregister(way.source)
            way.reads = reads
        gone = [way for way in self.ways if way.reads is None and not way.pieces]
        self.ways = [way for way in self.ways if way.reads is not None or way.pieces]
        used = {end for way in self.ways for end in (way.source, way.sink)}
        for end in {end for way in gone for end in (way.source, way.sink)} - used:
            end.close()

    def forget(self, way):
        if way.source.fileno() >= 0 and way.source in self.selector.get_map():
            self.selector.unregister(way.source)

    def turn(self):
        now = time.monotonic()
        waits = [(when, *rest) for when, *rest in self.opening]
        self.opening = []
        for when, name, near, to in waits:
            if when <= now and frozenset((name, self.names.get(to, ""))) not in self.cut_off:
                self.open(name, near, to)
            else:
                self.opening.append((when, name, near, to))
        while self.due and self.due[0][0] <= now:
            self.hand_on(heapq.heappop(self.due)[2], now)
        self.watch()

    def loop(self):
        try:
            while not self.ended.is_set():
                events = [when for when, *_ in (*self.due[:1], *self.opening)]
                wait = max(0.0, min([LOOK, *(when - time.monotonic() for when in events)]))
                for key, _ in self.selector.select(wait):
                    with self.lock:
                        if isinstance(key.data, (str, tuple)):
                            self.accept(key.fileobj, key.data)
                        elif key.data is None:
                            self.ask(key.fileobj)
                        else:
                            self.read(key.data)
                with self.lock:
                    self.turn()
        except Exception as failure:  # pylint: disable=broad-exception-caught
            self.failure = failure
