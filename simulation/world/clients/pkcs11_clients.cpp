// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/clients/pkcs11_clients.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace cardmux::simulation {
namespace {

using std::chrono::milliseconds;

/// Thinks for a while, or not at all.
void pause(World& world) {
    if (world.chance().one_in(3)) {
        sleep_for(milliseconds(static_cast<std::int64_t>(world.chance().below(300))));
    }
}

/// A session; it takes a few tries while the card is away.
bool open_patiently(Pkcs11Application& application, const WorldReader& reader,
                    CK_SESSION_HANDLE& session) {
    for (int attempt = 0; attempt < 5; ++attempt) {
        if (application.open(reader, session) == CKR_OK) return true;
        sleep_for(milliseconds(700));
    }
    return false;
}

/// Signs so often, with a new session where the old one is over.
void sign_often(Pkcs11Application& application, WorldReader& reader, std::uint8_t key, int count) {
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    for (int i = 0; i < count; ++i) {
        if (session == CK_INVALID_HANDLE && !open_patiently(application, reader, session)) return;
        const CK_RV code = application.sign_patiently(reader, session, key);
        if (code == CKR_SESSION_HANDLE_INVALID || code == CKR_CRYPTOKI_NOT_INITIALIZED ||
            code == CKR_DEVICE_REMOVED) {
            application.close(reader, session);
            session = CK_INVALID_HANDLE;
            sleep_for(milliseconds(100));
        }
        pause(application.world());
    }
    if (session != CK_INVALID_HANDLE) application.close(reader, session);
}

void storm(Pkcs11Application& application, WorldReader& reader) {
    const auto count = application.world().chance().between(2, 8);
    for (std::uint64_t i = 0; i < count; ++i) {
        CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
        if (application.open(reader, session) != CKR_OK) {
            sleep_for(milliseconds(300));
            continue;
        }
        application.sign_patiently(reader, session, 0x9A);
        application.close(reader, session);
    }
}

void leave(Pkcs11Application& application, WorldReader& reader) {
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    if (!open_patiently(application, reader, session)) return;
    for (int i = 0; i < 3; ++i) {
        application.log_in(reader, session);
        pause(application.world());
        application.log_out(reader, session);
    }
    application.close(reader, session);
}

void mistype(Pkcs11Application& application, WorldReader& reader) {
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    if (!open_patiently(application, reader, session)) return;
    pause(application.world());
    application.log_in(reader, session, "999999");
    application.log_in(reader, session);
    application.close(reader, session);
}

void finalize_and_begin_again(Pkcs11Application& application) {
    sleep_for(milliseconds(static_cast<std::int64_t>(application.world().chance().below(400))));
    application.finalize();
    pause(application.world());
    application.initialize();
}

/// The child finds the module not initialised, as the standard wants it, and ends.
void fork_once(Pkcs11Application& application, const WorldReader& reader) {
    pause(application.world());
    const pid_t child = fork();
    if (child == 0) {
        Scheduler::forget_after_fork();
        CK_INFO info{};
        _exit(C_GetInfo(&info) == CKR_CRYPTOKI_NOT_INITIALIZED ? 0 : 1);
    }
    int status = 0;
    const bool ended_well = waitpid(child, &status, 0) == child && status == 0;
    application.world().note("fork", &reader, ended_well ? "ok" : "bad child");
    application.world().expect(ended_well, "a forked child found the module initialised");
}

void look_around(Pkcs11Application& application, const WorldReader& reader) {
    for (int i = 0; i < 4; ++i) {
        const CK_SLOT_ID slot = application.slot_of(reader);
        CK_SLOT_INFO slot_info{};
        application.call("C_GetSlotInfo", reader, [&] { return C_GetSlotInfo(slot, &slot_info); });
        CK_TOKEN_INFO token_info{};
        application.call("C_GetTokenInfo", reader,
                         [&] { return C_GetTokenInfo(slot, &token_info); });
        pause(application.world());
    }
}

}  // namespace

const char* name_of(Life life) {
    constexpr std::array<const char*, 9> names = {"steady",   "storm",  "sharer",
                                                  "careful",  "leaver", "finalizer",
                                                  "mistyper", "parent", "reader"};
    return names.at(static_cast<std::size_t>(life));
}

std::vector<Life> choose_lives(World& world) {
    std::vector<Life> lives = {world.chance().one_in(2) ? Life::Steady : Life::Storm};
    const std::uint64_t more = world.chance().between(1, 6);
    // Those that trouble others come seldom: each makes codes possible that are errors elsewhere.
    constexpr std::array<Life, 9> common = {Life::Steady,  Life::Steady, Life::Storm,
                                            Life::Storm,   Life::Sharer, Life::Sharer,
                                            Life::Careful, Life::Reader, Life::Parent};
    constexpr std::array<Life, 3> rare = {Life::Leaver, Life::Finalizer, Life::Mistyper};
    const bool has_rare = world.chance().one_in(3);
    // After C_Finalize slots are numbered anew: with one reader nothing can be taken for another.
    const bool may_finalize = world.readers().size() == 1;
    for (std::uint64_t i = 0; i < more; ++i) {
        const bool is_rare = has_rare && world.chance().one_in(3);
        const Life life = is_rare ? rare.at(world.chance().below(rare.size()))
                                  : common.at(world.chance().below(common.size()));
        lives.push_back(life == Life::Finalizer && !may_finalize ? Life::Storm : life);
    }
    return lives;
}

ApplicationHabits habits_of(const std::vector<Life>& lives) {
    const auto has = [&](Life life) {
        return std::find(lives.begin(), lives.end(), life) != lives.end();
    };
    return {.logs_out = has(Life::Leaver),
            .finalizes = has(Life::Finalizer),
            .shares_sessions = has(Life::Sharer),
            .mistypes = has(Life::Mistyper)};
}

Pkcs11Clients::Pkcs11Clients(Pkcs11Application& application, const std::vector<Life>& lives)
    : application_(application) {
    for (WorldReader& reader : application.world().readers()) {
        CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
        application.open(reader, session);
        shared_sessions_.push_back(session);
    }
    auto& readers = application.world().readers();
    for (const Life life : lives) {
        WorldReader& reader = readers.at(application.world().chance().below(readers.size()));
        Thread thread;
        (void)thread.start(name_of(life), [this, life, &reader] { live(life, reader); });
        threads_.push_back(std::move(thread));
    }
}

void Pkcs11Clients::join() {
    for (Thread& thread : threads_) thread.join();
    for (std::size_t i = 0; i < shared_sessions_.size(); ++i) {
        application_.close(application_.world().readers().at(i), shared_sessions_.at(i));
    }
}

void Pkcs11Clients::live(Life life, WorldReader& reader) {
    const auto count = static_cast<int>(application_.world().chance().between(2, 8));
    switch (life) {
        case Life::Steady:
            return sign_often(application_, reader, 0x9A, count);
        case Life::Careful:
            return sign_often(application_, reader, 0x9C, count);
        case Life::Storm:
            return storm(application_, reader);
        case Life::Sharer:
            for (int i = 0; i < count; ++i) {
                const auto index = &reader - application_.world().readers().data();
                application_.sign_patiently(
                    reader, shared_sessions_.at(static_cast<std::size_t>(index)), 0x9A);
            }
            return;
        case Life::Leaver:
            return leave(application_, reader);
        case Life::Finalizer:
            return finalize_and_begin_again(application_);
        case Life::Mistyper:
            return mistype(application_, reader);
        case Life::Parent:
            return fork_once(application_, reader);
        case Life::Reader:
            return look_around(application_, reader);
    }
}

}  // namespace cardmux::simulation
