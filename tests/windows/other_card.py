# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""A card that is no PIV card, in the second reader of a test's pcscd: it knows no application."""
import contextlib
import re
import socket
import threading

ATR = bytes.fromhex("3b8880016e6f20504956202166")  # T=1, "no PIV !"
APPLICATION_NOT_FOUND = bytes.fromhex("6a82")
GET_ATR = b"\x04"


def vpcd_port(world):
    """vpcd's first port; its second reader has the next one."""
    (file,) = (world.folder / "run" / "conf").iterdir()
    return int(re.search(r"CHANNELID (\d+)", file.read_text()).group(1))


def serve(connection):
    """vpcd's protocol: two bytes of length, then a command; one byte is power, reset or a question
    for the ATR."""
    with contextlib.suppress(OSError), connection.makefile("rb") as stream:
        while len(length := stream.read(2)) == 2:
            message = stream.read(int.from_bytes(length, "big"))
            if len(message) == 1 and message != GET_ATR:
                continue
            answer = ATR if message == GET_ATR else APPLICATION_NOT_FOUND
            connection.sendall(len(answer).to_bytes(2, "big") + answer)


@contextlib.contextmanager
def other_card(world):
    with socket.create_connection(("127.0.0.1", vpcd_port(world) + 1)) as connection:
        thread = threading.Thread(target=serve, args=(connection,))
        thread.start()
        try:
            yield ATR.hex()
        finally:
            connection.shutdown(socket.SHUT_RDWR)
            thread.join()
