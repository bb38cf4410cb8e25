"""Ways to send past a redirect, tried as one user through one device; and what arrives at the other end of its wire.

wire_tricks.py send UID DEVICE GATEWAY GATEWAY6   prints how many tricks the kernel took
wire_tricks.py watch DEVICE                       prints a line for each TCP or UDP frame, until one says END
"""
import os
import socket
import struct
import sys

FAR, FAR6 = "192.0.2.9", "2001:db8:9::9"
UDP, TCP = socket.SOCK_DGRAM, socket.SOCK_STREAM


def send(uid, device, gateway, gateway6):
    index = socket.if_nametoindex(device)
    bound = (socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    broadcast = (socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    on_link = (socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
    unicast_device = (socket.IPPROTO_IP, 50, struct.pack("!I", index))
    multicast_device6 = (socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    info4 = [(socket.IPPROTO_IP, 8, struct.pack("@I4s4s", index, bytes(4), bytes(4)))]
    info6 = [(socket.IPPROTO_IPV6, 50, bytes(16) + struct.pack("@I", index))]
    route = (socket.IPPROTO_IP, socket.IP_OPTIONS, bytes([1, 131, 7, 4]) + socket.inet_aton(gateway))
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    taken = 0
    for port in (53, 443, 9999):
        tricks = [
            (4, UDP, [bound], None, (FAR, port)),
            (4, UDP, [bound], None, ("127.0.0.1", port)),
            (6, UDP, [bound], None, (FAR6, port)),
            (4, TCP, [bound], None, (FAR, port)),
            (6, TCP, [bound], None, (FAR6, port)),
            (4, UDP, [broadcast], None, ("255.255.255.255", port)),
            (4, UDP, [broadcast, bound], None, ("255.255.255.255", port)),
            (4, UDP, [], None, ("224.0.0.251", port)),
            (6, UDP, [multicast_device6], None, ("ff02::fb", port)),
            (4, UDP, [on_link], None, (gateway, port)),
            (4, UDP, [unicast_device], None, (FAR, port)),
            (4, TCP, [unicast_device], None, (FAR, port)),
            (4, UDP, [route], None, (FAR, port)),
            (4, UDP, [], info4, (FAR, port)),
            (4, UDP, [], info4, ("127.0.0.1", port)),
            (6, UDP, [], info6, (FAR6, port)),
            (6, UDP, [], None, (gateway6, port)),
            (4, UDP, [], None, (FAR, port), 12_000),
        ]
        taken += sum(attempt(*trick) for trick in tricks)
    print(taken)


def attempt(family, kind, options, ancillary, to, size=0):
    try:
        with socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, kind) as sender:
            sender.setblocking(False)
            for option in options:
                sender.setsockopt(*option)
            if kind == TCP:
                sender.connect_ex(to)
            elif ancillary:
                sender.sendmsg([b"TRICK"], ancillary, 0, to)
            else:
                sender.sendto(b"TRICK" + bytes(size), to)
            return True
    except OSError:
        return False


def watch(device):
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    tap.bind((device, 3))
    print("ready", flush=True)
    while True:
        frame, (_, ethertype, *_) = tap.recvfrom(65536)
        protocol = frame[9] if ethertype == 0x0800 else frame[6] if ethertype == 0x86DD else 0
        if b"END" in frame:
            return
        # 44: a fragment of IPv6.
        if protocol in (6, 17, 44):
            print(frame.hex(), flush=True)


if sys.argv[1] == "send":
    send(int(sys.argv[2]), *sys.argv[3:])
else:
    watch(sys.argv[2])
