// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/windows/load/load_clients.h"

#include <algorithm>
#include <optional>

#include "tool/windows/load/public_blob.h"

namespace cardmux::tool::windows {
namespace {

using namespace std::chrono_literals;

/// How often a releaser looks whether somebody is inside, and when it stops waiting for that.
constexpr Duration release_poll = 200us;
constexpr Duration release_wait_max = 100ms;
constexpr Duration lifetime_step = 10ms;
constexpr std::uint64_t lifetime_steps = 8;

/// As one of its owners; with the last one the context itself goes, whoever counts them.
Result<void> give_up(LoadTarget& target, SharedContext& shared) {
    const bool is_last = shared.owners.fetch_sub(1) == 1;
    if (target.counts_owners() || is_last) return target.close(shared.handle);
    return success();
}

/// One thread's way through its rounds.
class Client {
  public:
    Client(LoadRun& run, std::uint32_t index, ClientRecord& record)
        : run_(run), index_(index), record_(record) {}

    bool prepare();
    void round(ContextPlace* place);

  private:
    Result<Bytes> sign_in(ContextHandle context, ByteView hash);
    Result<Bytes> sign_with_own_context(ByteView hash);
    std::shared_ptr<SharedContext> take(ContextPlace& place);
    void judge(const Result<Bytes>& signature, ByteView hash, std::int64_t began_us);
    void fail(const Error& error);

    /// Runs one call of the target, with its name where a hang can be seen.
    template <typename Call>
    auto timed(const char* name, Call call) {
        record_.enter(name, run_.now_us());
        auto outcome = call();
        record_.leave();
        return outcome;
    }

    LoadRun& run_;
    std::uint32_t index_;
    ClientRecord& record_;
    std::optional<PublicKey> key_;
    std::shared_ptr<SharedContext> shared_;
    std::uint64_t counter_ = 0;
};

bool Client::prepare() {
    auto key = PublicKey::from(run_.public_key);
    if (!key) {
        record_.note(key.error(), Verdict::Error, run_.now_us());
        return false;
    }
    key_.emplace(std::move(*key));
    record_.counts.ready_us = std::max<std::int64_t>(run_.now_us(), 1);
    return true;
}

Result<Bytes> Client::sign_in(ContextHandle context, ByteView hash) {
    LoadTarget& target = run_.target;
    CARDMUX_TRY_ASSIGN(const KeyHandle key,
                       timed("open the key", [&] { return target.open_key(context); }));
    auto read = timed("read the key", [&] { return target.read_key(context, key); });
    auto signature = read.ok() ? timed("sign", [&] { return target.sign(context, key, hash); })
                               : Result<Bytes>(read.error());
    auto closed = timed("close the key", [&] { return target.close_key(context, key); });
    if (signature.ok() && !closed.ok()) fail(closed.error());  // the signature counts all the same
    return signature;
}

Result<Bytes> Client::sign_with_own_context(ByteView hash) {
    LoadTarget& target = run_.target;
    CARDMUX_TRY_ASSIGN(const ContextHandle context,
                       timed("open a context", [&] { return target.open(); }));
    Result<void> presented = success();
    if (run_.options.pin_each != nullptr)
        presented = timed("present the PIN",
                          [&] { return target.present_pin(context, *run_.options.pin_each); });
    auto signature = presented.ok() ? sign_in(context, hash) : Result<Bytes>(presented.error());
    auto closed = timed("release the context", [&] { return target.close(context); });
    if (signature.ok() && !closed.ok()) fail(closed.error());  // the signature counts all the same
    return signature;
}

void Client::fail(const Error& error) {
    const auto code = static_cast<std::uint32_t>(error.platform_code);
    // The releaser says so before it releases: what failed for that reason finds it said.
    const bool is_released = shared_ && shared_->is_released.load();
    Verdict verdict = Verdict::Error;
    if (is_released && run_.target.is_documented_for_released(code)) verdict = Verdict::Expected;
    const std::int64_t now = run_.now_us();
    record_.note(error, verdict, now);
    record_.samples.push_back({now, 0, index_, false});
    if (is_pin_refusal(code)) run_.pin_refused.store(true);
    const bool is_last = run_.options.stop_at_first_error || is_pin_refusal(code);
    if (verdict == Verdict::Error && is_last) run_.shall_stop.store(true);
}

void Client::judge(const Result<Bytes>& signature, ByteView hash, std::int64_t began_us) {
    if (!signature.ok()) return fail(signature.error());
    const std::int64_t ended_us = run_.now_us();
    Bytes value = *signature;
    if (run_.target.is_little_endian()) std::ranges::reverse(value);
    const bool right = key_->accepts(hash, value, run_.options.sign_sha1);
    ++(right ? record_.counts.right : record_.counts.wrong);
    record_.samples.push_back(
        {ended_us, static_cast<std::uint32_t>(ended_us - began_us), index_, right});
    if (!right && run_.options.stop_at_first_error) run_.shall_stop.store(true);
}

/// The context in `place`, for one round. One becomes an owner under the lock, while the program is
/// one still: a context that its last owner has given up takes no more.
std::shared_ptr<SharedContext> Client::take(ContextPlace& place) {
    auto locked = place.lock();
    std::shared_ptr<SharedContext> shared = *locked;
    shared->owners.fetch_add(1);
    if (run_.target.counts_owners())
        if (auto added =
                timed("add an owner", [&] { return run_.target.add_owner(shared->handle); });
            !added) {
            fail(added.error());
            return nullptr;
        }
    shared->inside.fetch_add(1);
    return shared;
}

void Client::round(ContextPlace* place) {
    const auto hash = numbered_hash(run_.number, index_, counter_++, run_.options.sign_sha1);
    if (!hash) return fail(hash.error());
    const std::int64_t began_us = run_.now_us();
    if (place == nullptr) return judge(sign_with_own_context(*hash), *hash, began_us);
    shared_ = take(*place);
    if (!shared_) return;
    auto signature = sign_in(shared_->handle, *hash);
    shared_->inside.fetch_sub(1);
    judge(signature, *hash, began_us);
    if (run_.has_owners())
        if (auto given_up =
                timed("release the context", [&] { return give_up(run_.target, *shared_); });
            !given_up)
            fail(given_up.error());
    shared_.reset();
}

/// The program's own share, or the whole context under those who are inside.
void close_context(LoadRun& run, SharedContext& context, ClientRecord& record) {
    const bool in_use = context.inside.load() > 0;
    if (!run.has_owners()) context.is_released.store(true);
    record.enter("release the context", run.now_us());
    const auto closed =
        run.has_owners() ? give_up(run.target, context) : run.target.close(context.handle);
    record.leave();
    ++record.releases;
    if (in_use) ++record.releases_under_use;
    if (!closed) record.note(closed.error(), Verdict::Error, run.now_us());
}

}  // namespace

std::int64_t LoadRun::now_us() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(now() - origin).count();
}

bool LoadRun::take_ticket() {
    if (shall_stop.load()) return false;
    return !has_tickets || tickets.fetch_sub(1) > 0;
}

void run_client(LoadRun& run, ContextPlace* place, std::uint32_t index, ClientRecord& record) {
    Client client(run, index, record);
    if (client.prepare())
        while (run.take_ticket()) client.round(place);
    record.has_ended.store(true);
}

void run_releaser(LoadRun& run, ContextPlace& place, ClientRecord& record) {
    while (!run.shall_stop.load()) {
        const std::shared_ptr<SharedContext> old = *place.lock();
        const TimePoint until = now() + release_wait_max;
        while (old->inside.load() == 0 && now() < until) sleep_for(release_poll);
        // Some contexts go at once, others serve for a while.
        sleep_for(lifetime_step * (record.releases % lifetime_steps));
        record.enter("open a context", run.now_us());
        auto opened = run.target.open();
        record.leave();
        if (!opened) {
            record.note(opened.error(), Verdict::Error, run.now_us());
            break;
        }
        auto fresh = std::make_shared<SharedContext>();
        fresh->handle = *opened;
        *place.lock() = std::move(fresh);
        close_context(run, *old, record);
        // One context, and two as long as the old one has owners.
        while (run.options.mode == LoadMode::Shared && old->owners.load() > 0)
            sleep_for(release_poll);
    }
    record.has_ended.store(true);
}

}  // namespace cardmux::tool::windows
