"""Gives every frame that the machine sends, as it is on the wire: 4 bytes of length, then the frame.

A line `N` on stdin makes it ask the machine for its hardware address as 10.1.0.N: when that answer is in the stream, every
frame that was sent before is too.
"""
import os, socket, struct, sys, threading

interface, machine = sys.argv[1], sys.argv[2]
ETH_P_ALL, PACKET_OUTGOING = 3, 4
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
tap.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE: no frame may be lost while something else runs
tap.bind((interface, 0))
own = tap.getsockname()[4]


def ask():
    for line in sys.stdin:
        sender = socket.inet_aton("10.1.0.%d" % int(line))
        question = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + own + sender + b"\0" * 6 + socket.inet_aton(machine)
        tap.send(b"\xff" * 6 + own + b"\x08\x06" + question)
    os._exit(0)


threading.Thread(target=ask, daemon=True).start()
sys.stdout.buffer.write(struct.pack("!I", 0))
sys.stdout.buffer.flush()
while True:
    frame, address = tap.recvfrom(1 << 17)
    if address[2] != PACKET_OUTGOING:
        sys.stdout.buffer.write(struct.pack("!I", len(frame)) + frame)
        sys.stdout.buffer.flush()
