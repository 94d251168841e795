// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim: what the transport says of readers, cards and the service is what really happened to them.
// Method: a pcscd of our own with two virtual readers and simulated cards; cards are pulled, the
// daemon is killed, a second connection plays the other program. Linux only.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <winscard.h>

#include <array>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/sync.h"
#include "simulation/simulated_piv_card.h"
#include "simulation/vpcd_client.h"
#include "simulation/vpcd_private_pcscd.h"
#include "transport/transport.h"

namespace cardmux::transport {
namespace {

using simulation::PrivatePcscd;
using simulation::SimulatedPivCard;
using simulation::VpcdClient;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

const Bytes select_piv = {0x00, 0xA4, 0x04, 0x00, 0x09, 0xA0, 0x00,
                          0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00};

/// libpcsclite reads the socket's name once a process: all tests of one run share the folder.
const std::string& run_folder() {
    static const std::string folder = [] {
        std::string name = std::filesystem::temp_directory_path() / "cardmux_transport_XXXXXX";
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        return name;
    }();
    return folder;
}

/// Does something a while later, on a thread of its own.
class Later {
  public:
    Later(Duration delay, std::function<void()> action) {
        EXPECT_TRUE(thread_.start("later", [delay, action] {
            sleep_for(delay);
            action();
        }));
    }
    Later(const Later&) = delete;
    Later& operator=(const Later&) = delete;
    ~Later() { thread_.join(); }

  private:
    Thread thread_;
};

class PcscTransport : public testing::Test {
  protected:
    static void TearDownTestSuite() { std::filesystem::remove_all(run_folder()); }

    void SetUp() override {
        setenv("PCSCLITE_CSOCK_NAME", daemon_.socket_path().c_str(), 1);
        ASSERT_TRUE(daemon_.prepare().ok()) << daemon_.problem();
        ASSERT_TRUE(daemon_.start().ok()) << daemon_.problem();
        slot_ = std::make_unique<VpcdClient>(daemon_.port_of(0));
        ASSERT_TRUE(slot_->start().ok());
        service_ = new_service();
        ASSERT_NE(service_, nullptr);
    }

    /// The daemon's socket is there a moment before it answers.
    std::unique_ptr<ReaderService> new_service() {
        for (int attempt = 0; attempt < 100; ++attempt) {
            auto service = transport_->connect_service();
            if (service.ok()) return std::move(service).value();
            sleep_for(20ms);
        }
        return nullptr;
    }

    ReaderStatus first_reader() {
        const auto readers = service_->list();
        for (const ReaderStatus& reader : readers.ok() ? *readers : std::vector<ReaderStatus>())
            if (reader.name == daemon_.name_of(0)) return reader;
        ADD_FAILURE() << (readers.ok() ? "no such reader" : to_string(readers.error()));
        return {};
    }

    void insert() { insert_anew({}); }
    void insert_anew(simulation::PivCardOptions options) {
        make_card(std::move(options));
        slot_->insert(card_);
        wait_for_presence(true);
    }
    void make_card(simulation::PivCardOptions options) {
        card_ = SimulatedPivCard::create(std::move(options)).value_or(nullptr);
        cards_.push_back(card_);
    }
    void remove() {
        slot_->remove();
        wait_for_presence(false);
    }
    void wait_for_presence(bool present) {
        const Deadline limit = Deadline::after(10s);
        while (first_reader().card_present != present) {
            ASSERT_FALSE(limit.has_passed());
            sleep_for(20ms);
        }
    }

    std::unique_ptr<CardConnection> connect() {
        auto connection = service_->connect(daemon_.name_of(0));
        if (connection.ok()) return std::move(connection).value();
        ADD_FAILURE() << to_string(connection.error());
        return nullptr;
    }

    PrivatePcscd daemon_{{.run_folder = run_folder(), .reader_name = "Transport"}};
    /// All cards of the test, which outlive the reader: a card's libcrypto context has to be freed
    /// by the thread that made it, or libcrypto 3.0 touches it again when that thread or the
    /// process ends.
    std::vector<std::shared_ptr<SimulatedPivCard>> cards_;
    std::shared_ptr<SimulatedPivCard> card_;
    std::unique_ptr<VpcdClient> slot_;
    std::unique_ptr<Transport> transport_ = make_pcsc_transport();
    std::unique_ptr<ReaderService> service_;
};

ErrorCode code_of(const Result<void>& result) {
    return result.ok() ? ErrorCode::Internal : result.error().code;
}
ErrorCode code_of(const Result<Bytes>& result) {
    return result.ok() ? ErrorCode::Internal : result.error().code;
}

TEST_F(PcscTransport, names_its_world_by_the_socket) {
    EXPECT_EQ(transport_->world(), daemon_.socket_path());
}

/// How many connections to pcscd a forked child of this process has.
int connections_of_child() {
    const pid_t child = fork();
    if (child == 0) {
        int count = 0;
        for (int descriptor = 0; descriptor < 256; ++descriptor) {
            sockaddr_un peer{};
            socklen_t size = sizeof peer - 1;
            if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
            // pcscd has bound it in a file system of its own, under its usual path.
            if (std::string(peer.sun_path).ends_with("/pcscd.comm")) ++count;
        }
        _exit(count);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(PcscTransport, keeps_its_connections_from_a_forked_child_and_leaves_it_the_hosts_own) {
    EXPECT_EQ(connections_of_child(), 0);
    SCARDCONTEXT own = 0;
    ASSERT_EQ(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &own), SCARD_S_SUCCESS);
    EXPECT_EQ(connections_of_child(), 1);
    const auto another = new_service();
    EXPECT_EQ(connections_of_child(), 1);
    SCardReleaseContext(own);
}

TEST_F(PcscTransport, says_nothing_on_a_connection_that_it_inherited) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(10);
        // Whatever has the number of the closed connection now must not be written to.
        std::array<std::array<int, 2>, 4> pairs{};
        for (auto& pair : pairs) socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data());
        service_.reset();
        bool written = false;
        char byte = 0;
        for (const auto& pair : pairs) {
            for (int end : pair) written |= recv(end, &byte, 1, MSG_DONTWAIT) > 0;
        }
        _exit(written ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(service_->list().ok());
}

TEST_F(PcscTransport, lists_empty_readers) {
    const auto readers = service_->list();
    ASSERT_TRUE(readers.ok());
    ASSERT_EQ(readers->size(), 2U);
    for (const ReaderStatus& reader : *readers) {
        EXPECT_FALSE(reader.card_present);
        EXPECT_TRUE(reader.atr.empty());
    }
    EXPECT_EQ(service_->connect(daemon_.name_of(0)).error().code, ErrorCode::CardAbsent);
    EXPECT_EQ(service_->connect("no such reader").error().code, ErrorCode::ReaderUnavailable);
}

TEST_F(PcscTransport, finds_no_error_in_having_no_reader) {
    daemon_.stop();
    for (const auto& entry : std::filesystem::directory_iterator(run_folder() + "/conf"))
        std::filesystem::remove(entry.path());
    ASSERT_TRUE(daemon_.start().ok());
    service_ = new_service();
    const auto readers = service_->list();
    ASSERT_TRUE(readers.ok()) << to_string(readers.error());
    EXPECT_TRUE(readers->empty());
    const auto waited = service_->wait_for_change({}, 700ms);
    ASSERT_TRUE(waited.ok());
    EXPECT_TRUE(waited->empty());
}

TEST_F(PcscTransport, sees_a_card_come_and_go_and_counts) {
    auto known = service_->list();
    make_card({});
    const Later insertion(100ms, [this] { slot_->insert(card_); });
    known = service_->wait_for_change(*known, 20s);
    ASSERT_TRUE(known.ok());
    ReaderStatus reader = first_reader();
    EXPECT_TRUE(reader.card_present);
    EXPECT_EQ(reader.atr, card_->atr());
    const std::uint32_t count = reader.event_count;

    const Later removal(100ms, [this] { slot_->remove(); });
    known = service_->wait_for_change(*known, 20s);
    ASSERT_TRUE(known.ok());
    EXPECT_FALSE(first_reader().card_present);
    EXPECT_EQ(first_reader().event_count, count + 1);
}

TEST_F(PcscTransport, is_not_woken_by_a_program_that_connects) {
    insert();
    const auto known = service_->list();
    ASSERT_TRUE(known.ok());
    const auto other = transport_->connect_service();
    std::unique_ptr<CardConnection> connection;
    const TimePoint begun = now();
    {
        const Later user(100ms, [&] {
            auto connected = (*other)->connect(daemon_.name_of(0));
            if (connected.ok()) connection = std::move(connected).value();
        });
        ASSERT_TRUE(service_->wait_for_change(*known, 900ms).ok());
    }
    EXPECT_GE(now() - begun, 900ms);
    EXPECT_TRUE(first_reader().in_use);
}

TEST_F(PcscTransport, ends_a_wait_when_interrupted_now_or_before) {
    const auto known = service_->list();
    for (int round = 0; round < 20; ++round) {
        const TimePoint begun = now();
        const Later interruption(std::chrono::microseconds(round * 150),
                                 [this] { service_->interrupt(); });
        EXPECT_TRUE(service_->wait_for_change(*known, 30s).ok());
        EXPECT_LT(now() - begun, 5s);
    }
    service_->interrupt();
    const TimePoint begun = now();
    EXPECT_TRUE(service_->wait_for_change(*known, 30s).ok());
    EXPECT_LT(now() - begun, 5s);
}

TEST_F(PcscTransport, survives_interruptions_that_meet_no_wait) {
    Guarded<bool> done(LockRank::Queue, false);
    Thread interrupter;
    ASSERT_TRUE(interrupter.start("interrupter", [&] {
        while (!*done.lock()) service_->interrupt();
    }));
    int failures = 0;
    for (int round = 0; round < 300; ++round)
        if (!service_->wait_for_change({}, 1ms).ok() || !service_->list().ok()) ++failures;
    *done.lock() = true;
    interrupter.join();
    EXPECT_EQ(failures, 0);
}

TEST_F(PcscTransport, carries_short_and_long_commands_and_answers) {
    insert();
    const auto connection = connect();
    ASSERT_NE(connection, nullptr);
    EXPECT_EQ(to_bytes(connection->atr()), card_->atr());
    ASSERT_TRUE(connection->begin().ok());
    const auto selected = connection->transmit(select_piv);
    ASSERT_TRUE(selected.ok());
    EXPECT_EQ((*selected)[selected->size() - 2], 0x90);
    const auto object = connection->transmit(
        *from_hex("00cb3fff 000005 5c035fc105 0000"));  // a certificate, by extended length
    ASSERT_TRUE(object.ok());
    EXPECT_GT(object->size(), 600U);
    EXPECT_TRUE(connection->end(Disposition::Leave).ok());
    EXPECT_TRUE(connection->end(Disposition::Leave).ok()) << "nothing to end is no error";
}

TEST_F(PcscTransport, tells_that_another_program_reset_the_card) {
    insert();
    const auto connection = connect();
    const auto neighbour = connect();
    ASSERT_TRUE(neighbour->begin().ok());
    ASSERT_TRUE(neighbour->end(Disposition::Reset).ok());
    EXPECT_EQ(code_of(connection->begin()), ErrorCode::CardReset);
    EXPECT_EQ(code_of(connection->transmit(select_piv)), ErrorCode::CardReset);
    ASSERT_TRUE(connection->reconnect(Disposition::Leave).ok());
    ASSERT_TRUE(connection->begin().ok());
    EXPECT_TRUE(connection->transmit(select_piv).ok());
}

TEST_F(PcscTransport, waits_for_another_programs_transaction) {
    insert();
    const auto connection = connect();
    const auto neighbour = connect();
    ASSERT_TRUE(neighbour->begin().ok());
    const TimePoint begun = now();
    const Later end(400ms, [&] { (void)neighbour->end(Disposition::Leave); });
    ASSERT_TRUE(connection->begin().ok());
    EXPECT_GE(now() - begun, 390ms);
}

TEST_F(PcscTransport, tells_that_another_program_has_the_card_for_itself) {
    insert();
    SCARDCONTEXT context = 0;
    SCARDHANDLE handle = 0;
    DWORD protocol = 0;
    ASSERT_EQ(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context), 0);
    ASSERT_EQ(SCardConnect(context, daemon_.name_of(0).c_str(), SCARD_SHARE_EXCLUSIVE,
                           SCARD_PROTOCOL_T1, &handle, &protocol),
              0);
    EXPECT_TRUE(first_reader().used_exclusively);
    const auto refused = service_->connect(daemon_.name_of(0));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::CardBusy);
    SCardDisconnect(handle, SCARD_LEAVE_CARD);
    SCardReleaseContext(context);
}

TEST_F(PcscTransport, stays_removed_when_the_card_is_put_back) {
    insert();
    const auto connection = connect();
    ASSERT_TRUE(connection->begin().ok());
    remove();
    EXPECT_EQ(code_of(connection->transmit(select_piv)), ErrorCode::CardRemoved);
    EXPECT_EQ(code_of(connection->end(Disposition::Leave)), ErrorCode::CardRemoved);
    insert_anew({.serial_number = 2});
    EXPECT_EQ(code_of(connection->begin()), ErrorCode::CardRemoved);
    EXPECT_EQ(code_of(connection->reconnect(Disposition::Leave)), ErrorCode::CardRemoved);
    const auto anew = connect();
    ASSERT_TRUE(anew->begin().ok());
    EXPECT_TRUE(anew->transmit(select_piv).ok());
}

TEST_F(PcscTransport, does_not_reconnect_to_another_card) {
    insert();
    const auto connection = connect();
    remove();
    insert_anew({.serial_number = 2});
    // pcscd itself would go on with the new card.
    EXPECT_EQ(code_of(connection->reconnect(Disposition::Leave)), ErrorCode::CardRemoved);
    EXPECT_EQ(code_of(connection->transmit(select_piv)), ErrorCode::CardRemoved);
}

/// pcscd looks at the reader every 0.4 s: the card is back before it does. Tried at several moments
/// between two looks.
TEST_F(PcscTransport, sees_a_card_that_is_put_back_at_once_after_a_reset_was_tried) {
    constexpr auto between_looks = 400ms;
    constexpr int moments = 3;
    for (int moment = 0; moment < moments; ++moment) {
        insert();
        {
            const auto connection = connect();
            ASSERT_TRUE(connection->begin().ok());
            sleep_for(moment * between_looks / moments);
            slot_->remove();
            EXPECT_FALSE(connection->transmit(select_piv).ok());
            const auto put_back = Later(20ms, [this] { slot_->insert(card_); });
            (void)connection->reconnect(Disposition::Unpower).ok();
        }
        sleep_for(3 * between_looks);
        EXPECT_TRUE(first_reader().card_present) << "moment " << moment;
        remove();
    }
}

TEST_F(PcscTransport, gives_an_error_when_the_card_leaves_during_a_command) {
    insert();
    const auto connection = connect();
    ASSERT_TRUE(connection->begin().ok());
    card_->set_delay(30s);
    const TimePoint begun = now();
    const Later removal(300ms, [this] { slot_->remove(); });
    const auto lost = connection->transmit(select_piv);
    EXPECT_LT(now() - begun, 20s);
    EXPECT_TRUE(code_of(lost) == ErrorCode::CardUnresponsive ||
                code_of(lost) == ErrorCode::CardRemoved);
    EXPECT_EQ(code_of(connection->reconnect(Disposition::Unpower)), ErrorCode::CardRemoved);
    card_->set_delay(0s);
}

TEST_F(PcscTransport, tells_that_the_service_died_whatever_it_was_doing) {
    insert();
    const auto connection = connect();
    const auto neighbour = connect();
    ASSERT_TRUE(connection->begin().ok());
    card_->set_delay(5s);
    Guarded<ErrorCode> begin_code(LockRank::Queue, ErrorCode::Internal);
    Guarded<ErrorCode> wait_code(LockRank::Queue, ErrorCode::Internal);
    const auto known = service_->list();
    {
        const Later waiting(0ms, [&] {
            const auto waited = service_->wait_for_change(*known, 20s);
            if (!waited.ok()) *wait_code.lock() = waited.error().code;
        });
        const Later beginning(0ms, [&] { *begin_code.lock() = code_of(neighbour->begin()); });
        const Later death(400ms, [this] { ::kill(daemon_.pid(), SIGKILL); });
        EXPECT_EQ(code_of(connection->transmit(select_piv)), ErrorCode::ServiceUnavailable);
    }
    EXPECT_EQ(*begin_code.lock(), ErrorCode::ServiceUnavailable);
    EXPECT_EQ(*wait_code.lock(), ErrorCode::ServiceUnavailable);
    card_->set_delay(0s);
    EXPECT_EQ(code_of(connection->reconnect(Disposition::Leave)), ErrorCode::ServiceUnavailable);
    EXPECT_EQ(service_->list().error().code, ErrorCode::ServiceUnavailable);
    EXPECT_EQ(transport_->connect_service().error().code, ErrorCode::ServiceUnavailable);

    ASSERT_TRUE(daemon_.start().ok()) << daemon_.problem();
    EXPECT_EQ(service_->list().error().code, ErrorCode::ServiceUnavailable)
        << "an old service connection does not come back";
    service_ = new_service();
    ASSERT_NE(service_, nullptr);
    wait_for_presence(true);
    const auto anew = connect();
    ASSERT_NE(anew, nullptr);
    EXPECT_TRUE(anew->begin().ok());
    EXPECT_TRUE(anew->transmit(select_piv).ok());
}

}  // namespace
}  // namespace cardmux::transport
