// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The card's file: a few numbers of eight bytes in the machine's byte order, then bytes that are
// only ever locked, never written (a file may be locked beyond its end).
//
//    0  next ticket
//    8  released at (monotonic nanoseconds)
//   16  busy since (monotonic nanoseconds)
//   32  process with the turn
//   40  last PIN stamp (PinLedger)
//   48  refused PIN stamp (PinLedger)
//
// Locks: byte 0 while the numbers change; 2^32 + ticket for every ticket; 2^61 + ticket as well for
// tickets of interactive processes, so that the one with the turn can tell.
#include <array>
#include <optional>
#include <utility>

#include "base/lock_file.h"
#include "base/sync.h"
#include "transaction/outer_turn.h"
#include "transaction/shared_folder.h"

namespace cardmux::transaction {
namespace {

constexpr std::uint64_t next_ticket_at = 0;
constexpr std::uint64_t released_at_at = 8;
constexpr std::uint64_t busy_since_at = 16;
constexpr std::uint64_t process_at = 32;
constexpr std::uint64_t last_stamp_at = 40;
constexpr std::uint64_t refused_stamp_at = 48;
constexpr std::uint64_t tickets_at = std::uint64_t{1} << 32;
constexpr std::uint64_t interactive_tickets_at = std::uint64_t{1} << 61;
constexpr std::uint64_t ticket_limit = std::uint64_t{1} << 60;

std::uint64_t nanoseconds(TimePoint when) {
    return static_cast<std::uint64_t>(when.time_since_epoch().count());
}

/// A stamp that lies ahead is left from before the machine started: it says nothing.
TimePoint time_of(std::uint64_t stamp) {
    const TimePoint when{Duration(static_cast<Duration::rep>(stamp))};
    return when > now() ? TimePoint{} : when;
}

class SharedTurn final : public OuterTurn {
  public:
    explicit SharedTurn(LockFile file) : file_(std::move(file)) {}

    Result<void> take(ServiceClass service_class) override {
        if (const auto drawn = draw_ticket(); !drawn) {
            *place_.lock() = {};
            return drawn;
        }
        line_up(service_class);
        // A shared lock on all lower tickets is granted when the last of them is gone.
        if (ticket_ > 0) {
            if (const auto waited = file_.lock(LockFile::Kind::Shared, tickets_at, ticket_);
                !waited) {
                give_ticket_back();
                return waited;
            }
            file_.unlock(tickets_at, ticket_);
        }
        file_.write_number(process_at, process_id());
        const TimePoint released = time_of(file_.read_number(released_at_at));
        if (now() - released >= foreign_gap) gap_left();
        return success();
    }

    void hurry() override {
        auto place = place_.lock();
        if (std::exchange(place->hurried, true)) return;
        if (place->ticket) show_interactive(*place->ticket);
    }

    void give() override {
        file_.write_number(released_at_at, nanoseconds(now()));
        file_.write_number(process_at, 0);
        give_ticket_back();
    }

    Wanted wanted() override {
        Wanted wanted;
        const std::uint64_t next = ticket_ + 1;
        wanted.by_anybody =
            file_.is_locked_by_other(tickets_at + next, interactive_tickets_at - tickets_at - next);
        wanted.by_interactive =
            wanted.by_anybody && file_.is_locked_by_other(interactive_tickets_at + next, 0);
        return wanted;
    }

    TimePoint last_released() const override { return time_of(file_.read_number(released_at_at)); }
    TimePoint busy_since() override { return time_of(file_.read_number(busy_since_at)); }
    void gap_left() override { file_.write_number(busy_since_at, nanoseconds(now())); }

    std::uint64_t next_stamp() override {
        const std::uint64_t stamp = file_.read_number(last_stamp_at) + 1;
        file_.write_number(last_stamp_at, stamp);
        return stamp;
    }
    std::uint64_t refused_stamp() override { return file_.read_number(refused_stamp_at); }
    void note_refused() override { file_.write_number(refused_stamp_at, next_stamp()); }

  private:
    /// Between take() and give(), for other threads: which ticket is ours, and whether it is, or
    /// is to be, an interactive one.
    struct Place {
        std::optional<std::uint64_t> ticket;
        bool hurried = false;
    };

    Result<void> draw_ticket() {
        CARDMUX_TRY(file_.lock(LockFile::Kind::Exclusive, next_ticket_at, 1));
        ticket_ = file_.read_number(next_ticket_at) % ticket_limit;
        Result<void> drawn = Error(ErrorCode::SystemFailed, "draw a ticket");
        if (file_.write_number(next_ticket_at, ticket_ + 1)) {
            drawn = file_.lock(LockFile::Kind::Exclusive, tickets_at + ticket_, 1);
        }
        file_.unlock(next_ticket_at, 1);
        return drawn;
    }

    void line_up(ServiceClass service_class) {
        auto place = place_.lock();
        place->ticket = ticket_;
        if (service_class == ServiceClass::Interactive) place->hurried = true;
        if (place->hurried) show_interactive(ticket_);
    }

    /// Nobody else ever locks this byte, so that there is nothing to wait for.
    void show_interactive(std::uint64_t ticket) {
        (void)file_.try_lock(LockFile::Kind::Exclusive, interactive_tickets_at + ticket, 1);
    }

    void give_ticket_back() {
        auto place = place_.lock();
        *place = {};
        file_.unlock(interactive_tickets_at + ticket_, 1);
        file_.unlock(tickets_at + ticket_, 1);
    }

    LockFile file_;
    std::uint64_t ticket_ = 0;  // the owner thread's
    Guarded<Place> place_{LockRank::Turn};
};

/// A name for the file that every process makes alike: FNV-1a over world and reader. A collision
/// only makes two cards share one turn.
std::string file_name(const std::string& world, const std::string& reader) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    std::string name = world;
    name.append("\n").append(reader);
    for (char c : name) {
        hash ^= static_cast<std::uint8_t>(c);
        hash *= 0x100000001b3U;
    }
    std::array<std::uint8_t, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes.at(i) = static_cast<std::uint8_t>(hash >> (56 - 8 * i));
    }
    return "card-" + to_hex(bytes) + ".turn";
}

}  // namespace

Result<std::unique_ptr<OuterTurn>> open_shared_turn(const std::string& folder,
                                                    const std::string& world,
                                                    const std::string& reader) {
    CARDMUX_TRY_ASSIGN(const bool for_all, prepare_shared_folder(folder));
    CARDMUX_TRY_ASSIGN(LockFile file,
                       LockFile::open(folder + "/" + file_name(world, reader), for_all));
    // A file system without such locks: better none of us uses it than some.
    CARDMUX_TRY(file.lock(LockFile::Kind::Shared, next_ticket_at, 1));
    file.unlock(next_ticket_at, 1);
    return std::unique_ptr<OuterTurn>(std::make_unique<SharedTurn>(std::move(file)));
}

std::optional<std::uint32_t> process_with_turn(const std::string& folder, const std::string& world,
                                               const std::string& reader) {
    const auto file = LockFile::open_existing(folder + "/" + file_name(world, reader));
    if (!file) return std::nullopt;
    const std::uint64_t process = file->read_number(process_at);
    const bool taken = file->is_locked_by_other(tickets_at, interactive_tickets_at - tickets_at);
    if (!taken || process == 0) return std::nullopt;
    return static_cast<std::uint32_t>(process);
}

}  // namespace cardmux::transaction
