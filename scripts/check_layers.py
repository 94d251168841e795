#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Checks that every folder includes only what its layer may.

Why: a driver that cannot see a reader, a lock or a retry can be tested with ten lines, and one that
can will use it. And only if nobody outside src/base names a mutex, a thread, a clock or a random
device can a simulated scheduler drive the code that ships. ARCHITECTURE.md shows the layers.
"""
import re

import source_check

# layer -> what it may include besides itself: a folder, or one header.
MAY_INCLUDE = {
    "base": [],
    "iso7816": ["base"],
    "crypto": ["base"],
    "transport": ["base"],
    "transaction": ["base", "iso7816/apdu_channel.h", "transport/transport.h"],
    "drivers": ["base", "iso7816", "crypto"],
    "token": ["base", "iso7816", "crypto", "transaction", "drivers/card_driver.h",
              "drivers/card_management.h"],
    "provider": ["base", "iso7816", "crypto", "transport", "transaction", "drivers", "token"],
    "container": ["base", "crypto", "token", "provider", "drivers/card_driver.h",
                  "transaction/client.h"],
    "windows": ["base", "provider", "transport/transport.h"],
    "api": ["base", "crypto", "token", "provider", "drivers/card_driver.h", "transaction/client.h"],
    # What `cardmux register` and DllRegisterServer of the DLL both do.
    "registration": ["base", "api/windows/provider_registry.h"],
    "tool": ["base", "iso7816", "crypto", "transport", "transaction", "token", "provider",
             "api/pkcs11/pkcs11.h"],
}
# What single files may include besides, with the reason.
MAY_INCLUDE_TOO = [
    # The doors to simulated cards, which are never in the module that ships (check_exports.py).
    (r"src/api/pkcs11/module/module_environment_simulated\.cpp", r"simulation/.*"),
    (r"src/tool/[\w/]+\.(cpp|h)", r"simulation/.*"),
    # Where a module's Environment is made.
    (r"src/api/pkcs11/module/module_environment_\w+\.cpp", r"transport/transport\.h"),
    # CryptoAPI and CNG: containers over the tokens, in the one provider of the process.
    (r"src/api/(csp|ksp|windows)/.*", r"container/.*|windows/\w+_windows\.h"),
    # A reader's picture, which no card and no transaction has to do with.
    (r"src/api/(csp|ksp)/.*", r"transport/reader_icon_windows\.h"),
    # Names of codes, and of our providers; what the registry says of them.
    (r"src/tool/windows/.*",
     r"registration/.*|api/windows/(error_to_status|provider_registry|provider_values)\.h"),
    # regsvr32's door.
    (r"src/windows/dll/server_windows\.cpp", r"registration/provider_registration\.h"),
    # PKCS#11 on Windows: the one provider of the process.
    (r"src/api/pkcs11/module/\w+_windows\.cpp", r"windows/\w+_windows\.h"),
    # The raw APDU loop that a load is compared with.
    (r"src/tool/load/card_limit_posix\.cpp", r"drivers/piv/piv_driver\.h"),
]

TESTS = r"(src|simulation)/.*_test\.(cpp|h)|tests/.*|fuzz/.*"
SYSTEM = r".*_(posix|windows)\.(cpp|h)|src/tool/.*|simulation/.*|" + TESTS
# foreign header -> files that may include it (regular expressions, whole path).
FOREIGN = [
    (r"winscard\.h|wintypes\.h|pcsclite\.h|PCSC/.*",
     r"src/transport/pcsc_\w+\.(cpp|h)|src/tool/windows/smart_card_service_windows\.cpp|" + TESTS),
    # The tool judges signatures and reads others' certificates apart from our own code.
    (r"openssl/.*", r"src/crypto/\w+_openssl\.(cpp|h)|"
                    r"src/tool/(load/signature_judge|file_data)\.cpp|simulation/.*|" + TESTS),
    (r"zlib\.h", r"src/drivers/piv/\w+\.cpp|src/crypto/\w+\.cpp|simulation/.*|" + TESTS),
    (r"toml\+\+/.*", r"src/provider/load_settings\.cpp"),
    (r"nlohmann/.*", r"src/(tool|registration)/.*|simulation/.*|tests/.*"),
    (r"(CLI|fmt)/.*", r"src/tool/.*|simulation/.*|tests/.*"),
    (r"(gtest|gmock|benchmark|p11-kit|nss|nspr)/.*", TESTS),
    (r"pthread\.h", r"src/base/native_lock\.h|.*_posix\.(cpp|h)|simulation/system/.*|" + TESTS),
    (r"stdlib\.h", r".*"),  # secure_getenv
    (r"windows\.h|bcrypt\.h|wincrypt\.h", r".*_windows\.(cpp|h)|" + TESTS),
    (r"[\w/]+\.h", SYSTEM),  # all others are the system's
]
TIME_AND_THREADS = re.compile(
    r"#include <(mutex|shared_mutex|condition_variable|thread|future|semaphore|latch|barrier"
    r"|stop_token|random)>|std::(this_thread|jthread|thread|mutex|random_device|async)\b"
    r"|\b(steady|system|high_resolution)_clock\b"
    r"|\b(usleep|nanosleep|clock_gettime|pthread_create)\(")
# Calls that may wait, or lock between processes. (select() is known by its five parameters.)
WAITING = re.compile(
    r"(?<![\w.>])(?<!\w::)(?:fcntl|flock|lockf|poll|ppoll|pselect|epoll_wait|epoll_pwait|sleep"
    r"|sem_wait|sigwait|sigtimedwait|WaitFor(?:Single|Multiple)Objects?(?:Ex)?|Sleep(?:Ex)?"
    r"|SleepConditionVariable\w+|LockFileEx|CreateThread|_beginthreadex)\("
    r"|(?<![\w.>])(?<!\w::)select\((?:[^;,)]*,){4}")
# Files that wait by themselves, with the reason.
MAY_WAIT = [
    # For child processes of a load, which no simulated scheduler drives.
    r"src/tool/load/child_process_posix\.cpp",
    # The loop of `cardmux simulate`: sockets and signals of a program that is no part of Cardmux.
    r"src/tool/simulate_loop\.cpp",
]
FOLDERS = ("src", "simulation", "tests", "fuzz")
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)


def may_include(path, layer, header):
    target = header.split("/")[0]
    if layer not in MAY_INCLUDE or re.fullmatch(TESTS, path):  # simulation, tests, fuzz: anything
        return True
    if any(re.fullmatch(files, path) and re.fullmatch(headers, header)
           for files, headers in MAY_INCLUDE_TOO):
        return True
    if layer == "api" and target == "api":  # pkcs11, csp and ksp never see each other
        own = path.split("/")[2]
        shared = ("c_boundary.h", "outcome.h", *(("windows",) if own in ("csp", "ksp") else ()))
        return header.split("/")[1] in (own, *shared)
    return target == layer or any(header == allowed or target == allowed
                                  for allowed in MAY_INCLUDE[layer])


def foreign_is_allowed(path, header):
    for pattern, files in FOREIGN:
        if re.fullmatch(pattern, header):
            return bool(re.fullmatch(files, path))
    return "." not in header and "/" not in header  # the standard library


def check_file(path, text):
    parts = path.split("/")
    layer = parts[1] if parts[0] == "src" else parts[0]
    for kind, header in INCLUDE.findall(text):
        if kind == "<" and not foreign_is_allowed(path, header):
            yield f"{path}: may not include <{header}> (see FOREIGN in check_layers.py)"
        if kind == '"' and "/" not in header and layer in (*MAY_INCLUDE, "simulation"):
            yield f'{path}: "{header}": write the path from src/ or the top, as "layer/name.h"'
        elif kind == '"' and not may_include(path, layer, header):
            yield f'{path}: layer {layer} may not include "{header}"'
    # simulation/system takes the place of base's files at link time.
    if layer == "base" or re.fullmatch(r"simulation/system/.*|" + TESTS, path):
        return
    code = re.sub(r"//.*", "", text)
    for match in TIME_AND_THREADS.finditer(code):
        line = code.count("\n", 0, match.start()) + 1
        yield f"{path}:{line}: {match.group(0)}: locks, threads, time and chance come from src/base"
    if any(re.fullmatch(files, path) for files in MAY_WAIT):
        return
    for match in WAITING.finditer(code):
        line = code.count("\n", 0, match.start()) + 1
        yield f"{path}:{line}: {match.group(0)}: all waiting is in src/base (see MAY_WAIT)"


def check(files):
    return [problem for path, text in files.items()
            if path.endswith(source_check.CODE) and path.split("/")[0] in FOLDERS
            for problem in check_file(path, text)]


CASES = [
    ("src/drivers/piv/a.cpp", '#include "iso7816/apdu.h"\n#include <vector>\n', None),
    ("src/drivers/piv/a.cpp", '#include "transaction/client.h"\n', "layer drivers may not include"),
    ("src/token/a.cpp", '#include "drivers/piv/piv_driver.h"\n', "layer token may not include"),
    ("src/token/a.cpp", '#include "drivers/card_driver.h"\n', None),
    ("src/base/a.cpp", '#include "token/token.h"\n', "layer base may not include"),
    ("src/api/pkcs11/a.cpp", '#include "api/ksp/keys.h"\n', "layer api may not include"),
    ("src/api/pkcs11/a.cpp", '#include "simulation/card.h"\n', "may not include"),
    ("src/token/a_test.cpp", '#include "simulation/card.h"\n#include <gtest/gtest.h>\n', None),
    ("src/token/a.cpp", "#include <openssl/evp.h>\n", "not include <openssl/evp.h>"),
    ("src/crypto/a.cpp", "#include <openssl/evp.h>\n", "not include <openssl/evp.h>"),
    ("src/crypto/a_openssl.cpp", "#include <openssl/evp.h>\n", None),
    ("src/crypto/a_openssl.cpp", "#include <bcrypt.h>\n", "not include <bcrypt.h>"),
    ("src/crypto/a_windows.cpp", "#include <bcrypt.h>\n", None),
    ("src/token/a.cpp", "#include <unistd.h>\n", "not include <unistd.h>"),
    ("src/transaction/turn_posix.cpp", "#include <sys/file.h>\n", None),
    ("src/token/a.cpp", "#include <mutex>\n", "come from src/base"),
    ("src/token/a.cpp", "auto t = std::chrono::steady_clock::now();\n", "come from src/base"),
    ("simulation/a.cpp", "std::random_device device;\n", "come from src/base"),
    ("src/token/a.cpp", "// std::mutex is not used here\n", None),
    ("src/base/a.cpp", "#include <mutex>\n", None),
    ("src/token/a.cpp", '#include "token.h"\n', "write the path"),
    ("src/transaction/a_posix.cpp", "fcntl(file, F_OFD_SETLKW, &range);\n", "is in src/base"),
    ("src/transaction/a_posix.cpp", "if (::poll(&end, 1, -1) < 0) return;\n", "in src/base"),
    ("src/tool/a.cpp", "select(last + 1, &ends, nullptr, nullptr, &limit);\n", "in src/base"),
    ("simulation/a.cpp", "sleep(1);\n", "in src/base"),
    ("simulation/system/a.cpp", "pthread_create(&thread, nullptr, enter, this);\n", None),
    ("src/token/a.cpp", "driver->select(card); mask::select(a, b, c);\n", None),
    ("src/token/a.cpp", "Result<void> select(Channel& channel);\n", None),
    ("src/transaction/a_windows.cpp", "WaitForSingleObject(thread, INFINITE);\n", "in src/base"),
    ("src/api/csp/a_windows.cpp", '#include "container/container.h"\n#include <windows.h>\n', None),
    ("src/api/csp/a.cpp", '#include "api/windows/pin_dialog.h"\n', None),
    ("src/api/pkcs11/a.cpp", '#include "api/windows/pin_dialog.h"\n', "layer api may not include"),
    ("src/api/pkcs11/a.cpp", '#include "container/container.h"\n', "layer api may not include"),
    ("src/api/csp/a.cpp", "#include <windows.h>\n", "not include <windows.h>"),
    ("src/base/lock_file_posix.cpp", "fcntl(file, F_OFD_SETLKW, &range);\n", None),
    ("src/tool/simulate_loop.cpp", "::poll(sources, 2, -1);\n", None),
    ("src/token/a_test.cpp", "poll(&end, 1, -1);\n", None),
]

if __name__ == "__main__":
    source_check.main(__doc__, check, CASES)
