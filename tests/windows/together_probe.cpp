// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Programs that share one card by different interfaces, each thread with its own context, key or
// session. Each signature is judged by BCrypt. Prints a line for each interface:
//
//     csp: 40 right, 0 failed, overtaken by 9 at most
//
//     together_probe RUN PARTIES PIN THREADS SIGNATURES INTERFACE...
//
// RUN         name of this run; processes of one run begin to sign together
// PARTIES     threads in all processes of the run
// THREADS     of each interface in this process; SIGNATURES of each thread
// INTERFACE   csp, ksp, pkcs11; finalize (one thread only)
//
// "Overtaken": how many others of the run got their signatures between the call and its answer.
// Exit code 0 if all signatures were right.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "together_signers.h"

namespace {

using namespace together;

constexpr DWORD patience_ms = 60'000;

/// What the processes of a run share.
struct Run {
    std::atomic<long> ready;
    std::atomic<long> signed_count;
};
static_assert(std::atomic<long>::is_always_lock_free);

/// Zero at its first opening; stays as long as a process has it. Null: the system refuses.
Run* open_run(const std::string& name) {
    const HANDLE memory = CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0,
                                             sizeof(Run), ("Local\\together_" + name).c_str());
    if (memory == nullptr) return nullptr;
    return static_cast<Run*>(MapViewOfFile(memory, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(Run)));
}

struct Request {
    Run* run = nullptr;
    long parties = 0;
    std::string pin;
    int threads = 0;
    int signatures = 0;
};

/// The threads of one interface.
struct Party {
    std::string interface_name;
    std::atomic<int> right = 0;
    std::atomic<int> failed = 0;
    std::atomic<long> overtaken = 0;

    void note_failure(const Outcome& outcome) {
        std::fprintf(stderr, "%s: %s: %08lX\n", interface_name.c_str(), outcome.call,
                     outcome.error);
        ++failed;
    }
    void note_overtaken(long count) {
        long before = overtaken;
        while (before < count && !overtaken.compare_exchange_weak(before, count)) {
        }
    }
};

/// Until everybody is ready, or somebody never will be.
void wait_for_all(const Request& request) {
    ++request.run->ready;
    for (DWORD waited = 0; request.run->ready < request.parties && waited < patience_ms; ++waited) {
        Sleep(1);
    }
}

void sign_once(const Request& request, Party& party, Signer& signer, int number) {
    const Bytes data = {static_cast<BYTE>(number), static_cast<BYTE>(GetCurrentThreadId()),
                        static_cast<BYTE>(GetCurrentProcessId())};
    Bytes signature;
    const long before = request.run->signed_count;
    const Outcome outcome = signer.sign(data, signature);
    const long after = request.run->signed_count++;
    if (outcome.call != nullptr) return party.note_failure(outcome);
    if (!signature_judge::is_right(signer.public_blob(), data, signature)) {
        return party.note_failure({"the judge", 0});
    }
    party.note_overtaken(after - before);
    ++party.right;
}

void work(const Request& request, Party& party, bool is_first) {
    const std::unique_ptr<Signer> signer = make_signer(party.interface_name);
    const Outcome prepared =
        signer->prepare(is_first || signer->wants_pin() ? request.pin : std::string());
    wait_for_all(request);
    if (prepared.call != nullptr) return party.note_failure(prepared);
    for (int number = 0; number < request.signatures; ++number) {
        sign_once(request, party, *signer, number);
    }
}

/// How many failed.
int run(const Request& request, const std::vector<std::string>& interfaces) {
    std::vector<std::unique_ptr<Party>> parties;
    std::vector<std::thread> threads;
    for (const std::string& name : interfaces) {
        Party& party = *parties.emplace_back(std::make_unique<Party>());
        party.interface_name = name;
        const int count = name == "finalize" ? 1 : request.threads;
        for (int index = 0; index < count; ++index) {
            threads.emplace_back([&, index] { work(request, party, index == 0); });
        }
    }
    for (std::thread& thread : threads) thread.join();
    int failed = 0;
    for (const auto& party : parties) {
        std::printf("%s: %d right, %d failed, overtaken by %ld at most\n",
                    party->interface_name.c_str(), party->right.load(), party->failed.load(),
                    party->overtaken.load());
        failed += party->failed;
    }
    return failed;
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments + 1, arguments + count);
    if (words.size() < 6) return 2;
    Request request;
    request.run = open_run(words[0]);
    request.parties = std::atol(words[1].c_str());
    request.pin = words[2];
    request.threads = std::atoi(words[3].c_str());
    request.signatures = std::atoi(words[4].c_str());
    const std::vector<std::string> interfaces(words.begin() + 5, words.end());
    const bool known = std::all_of(interfaces.begin(), interfaces.end(),
                                   [](const auto& name) { return make_signer(name) != nullptr; });
    if (request.run == nullptr || !known) return 2;
    return run(request, interfaces) == 0 ? 0 : 1;
}
