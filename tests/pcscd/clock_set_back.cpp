// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// For LD_PRELOAD: the time of day goes back by an hour each time that a program asks for it.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

extern "C" [[gnu::visibility("default")]] int clock_gettime(clockid_t clock, timespec* time) {
    static std::atomic<time_t> hours{0};
    const int result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
    if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec -= 3600 * ++hours;
    return result;
}
