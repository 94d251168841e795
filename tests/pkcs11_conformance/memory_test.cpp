// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Lets every single allocation of a session's life fail, one after another, on whatever thread of
// the module it is made, libcrypto's among them: the call says that there is no memory or does
// what it should, the same call works directly afterwards, in the same session, and nothing stays.
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "api/pkcs11/module/module_environment.h"
#include "failing_memory.h"
#include "simulation/simulation_spec.h"
#include "writable_card.h"

namespace conformance {
namespace {

using cardmux::ByteView;
using cardmux::Duration;
using cardmux::Result;
namespace transport = cardmux::transport;

/// The simulated card as another process: what it allocates is not the module's, but its answer
/// becomes the module's by an allocation, as in pcsc_transport.cpp.
class ApartCard final : public transport::CardConnection {
  public:
    explicit ApartCard(std::unique_ptr<CardConnection> card) : card_(std::move(card)) {}
    ~ApartCard() override {
        const OutsideModule outside;
        card_.reset();
    }
    Result<void> begin() override {
        const OutsideModule outside;
        return card_->begin();
    }
    Result<void> end(transport::Disposition disposition) override {
        const OutsideModule outside;
        return card_->end(disposition);
    }
    Result<cardmux::Bytes> transmit(ByteView command) override {
        auto answer = [&] {
            const OutsideModule outside;
            return card_->transmit(command);
        }();
        if (!answer) return answer.error();
        return cardmux::to_bytes(*answer);
    }
    Result<void> reconnect(transport::Disposition initialization) override {
        const OutsideModule outside;
        return card_->reconnect(initialization);
    }
    ByteView atr() const override { return card_->atr(); }

  private:
    std::unique_ptr<CardConnection> card_;
};

class ApartService final : public transport::ReaderService {
  public:
    explicit ApartService(std::unique_ptr<ReaderService> service) : service_(std::move(service)) {}
    Result<std::vector<transport::ReaderStatus>> list() override {
        const OutsideModule outside;
        return service_->list();
    }
    Result<std::vector<transport::ReaderStatus>> wait_for_change(
        const std::vector<transport::ReaderStatus>& known, Duration timeout) override {
        const OutsideModule outside;
        return service_->wait_for_change(known, timeout);
    }
    void interrupt() override {
        const OutsideModule outside;
        service_->interrupt();
    }
    Result<std::unique_ptr<transport::CardConnection>> connect(const std::string& reader) override {
        auto card = [&] {
            const OutsideModule outside;
            return service_->connect(reader);
        }();
        if (!card) return card.error();
        return std::unique_ptr<transport::CardConnection>(
            std::make_unique<ApartCard>(std::move(*card)));
    }

  private:
    std::unique_ptr<ReaderService> service_;
};

class ApartTransport final : public transport::Transport {
  public:
    explicit ApartTransport(std::shared_ptr<Transport> world) : world_(std::move(world)) {}
    Result<std::unique_ptr<transport::ReaderService>> connect_service() override {
        auto service = [&] {
            const OutsideModule outside;
            return world_->connect_service();
        }();
        if (!service) return service.error();
        return std::unique_ptr<transport::ReaderService>(
            std::make_unique<ApartService>(std::move(*service)));
    }
    std::string world() const override { return {}; }

  private:
    std::shared_ptr<Transport> world_;
};

cardmux::simulation::Simulation& world() {
    static auto& the_world = *new cardmux::simulation::Simulation;
    return the_world;
}

/// Threads of this process that are the module's own.
int threads_of_ours() {
    int count = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::ifstream(task.path() / "comm") >> name;
        if (name.starts_with("cardmux")) ++count;
    }
    return count;
}

/// The system shows a thread for a moment after it was joined.
bool ends_all_threads() {
    for (int i = 0; i < 1000 && threads_of_ours() > 0; ++i) {
        cardmux::sleep_for(std::chrono::milliseconds(5));
    }
    return threads_of_ours() == 0;
}

}  // namespace
}  // namespace conformance

namespace cardmux::pkcs11 {

Result<provider::Environment> make_environment() {
    provider::Environment environment;
    environment.transport =
        std::make_shared<conformance::ApartTransport>(conformance::world().transport);
    return environment;
}

}  // namespace cardmux::pkcs11

namespace conformance {
namespace {

class MemoryTest : public testing::Test {
  protected:
    void SetUp() override {
        std::ofstream(settings_) << "hold = \"50ms\"  # a comment\nleave_authority = false\n";
        setenv("CARDMUX_CONFIG", settings_.c_str(), 1);
    }
    void TearDown() override {
        let_succeed();
        std::filesystem::remove(settings_);
    }

    void make_world(const char* words) {
        std::string problem;
        const auto spec = cardmux::simulation::parse_simulation_spec(words, problem);
        ASSERT_TRUE(spec.ok()) << problem;
        auto built = cardmux::simulation::build_simulation(*spec, problem);
        ASSERT_TRUE(built.ok()) << problem;
        world() = *built;
    }
    cardmux::simulation::SimulatedPivCard& card() { return *world().cards.at(0); }

    using Call = std::function<CK_RV()>;

    /// A call that may meet the failure, and then, since it was the only one, works. `done_before`:
    /// what it says if the one without memory had done its work all the same.
    void step(const char* name, const Call& call, CK_RV done_before = CKR_OK,
              CK_RV without_memory = CKR_HOST_MEMORY) {
        CK_RV code = CKR_OK;
        for (int attempt = 1; attempt <= attempts; ++attempt) {
            {
                const InsideModule inside;
                code = call();
            }
            if (code == CKR_OK || (attempt > 1 && code == done_before)) return;
            EXPECT_TRUE(code == CKR_HOST_MEMORY || code == without_memory)
                << name << " says " << std::hex << code << std::dec << ", allocation " << number_;
        }
        ADD_FAILURE() << name << " never works again: " << std::hex << code << std::dec
                      << ", allocation " << number_;
    }

    CK_RV log_in(CK_USER_TYPE user) {
        return p11.C_Login(session_, user, pin_.data(), pin_.size());
    }
    CK_RV find(CK_OBJECT_CLASS object_class, CK_BYTE id, CK_OBJECT_HANDLE& found) {
        std::array<CK_ATTRIBUTE, 2> wanted{
            {{CKA_CLASS, &object_class, sizeof object_class}, {CKA_ID, &id, sizeof id}}};
        CK_ULONG count = 0;
        CK_RV code = p11.C_FindObjectsInit(session_, wanted.data(), wanted.size());
        if (code != CKR_OK) return code;
        code = p11.C_FindObjects(session_, &found, 1, &count);
        const CK_RV ended = p11.C_FindObjectsFinal(session_);
        if (code != CKR_OK || ended != CKR_OK) return code != CKR_OK ? code : ended;
        return count == 1 ? CKR_OK : CKR_KEY_HANDLE_INVALID;
    }
    CK_RV sign(CK_MECHANISM_TYPE type, CK_BYTE id, bool asks_each_time) {
        CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
        CK_MECHANISM mechanism{type, nullptr, 0};
        CK_RV code = find(CKO_PRIVATE_KEY, id, key);
        if (code == CKR_OK) code = p11.C_SignInit(session_, &mechanism, key);
        if (code == CKR_OK && asks_each_time) {
            code = log_in(CKU_CONTEXT_SPECIFIC);
            if (code != CKR_OK) p11.C_SignInit(session_, nullptr, 0);  // ends it
        }
        if (code != CKR_OK) return code;
        CK_ULONG size = signature_.size();
        return p11.C_Sign(session_, pin_.data(), pin_.size(), signature_.data(), &size);
    }

    void begin(CK_FLAGS flags) {
        CK_SLOT_ID slot = 0;
        step("C_Initialize", [&] { return p11.C_Initialize(nullptr); });
        step("C_GetSlotList", [&] {
            CK_ULONG count = 1;
            return p11.C_GetSlotList(CK_TRUE, &slot, &count);
        });
        step("C_GetTokenInfo", [&] { return p11.C_GetTokenInfo(slot, &token_info_); });
        step("C_OpenSession", [&] {
            return p11.C_OpenSession(slot, CKF_SERIAL_SESSION | flags, nullptr, nullptr, &session_);
        });
        step(
            "C_Login", [&] { return log_in(CKU_USER); }, CKR_USER_ALREADY_LOGGED_IN);
    }

    void end() {
        step("C_GetTokenInfo", [&] { return p11.C_GetTokenInfo(0, &token_info_); });
        EXPECT_EQ(token_info_.ulSessionCount, 1u) << number_;
        step(
            "C_Logout", [&] { return p11.C_Logout(session_); }, CKR_USER_NOT_LOGGED_IN);
        step(
            "C_CloseSession", [&] { return p11.C_CloseSession(session_); },
            CKR_SESSION_HANDLE_INVALID);
        step(
            "C_Finalize", [&] { return p11.C_Finalize(nullptr); }, CKR_CRYPTOKI_NOT_INITIALIZED);
    }

    /// The authority of the factory's management key, a new key, and away with both.
    void make_a_key_in_a_session() {
        begin(CKF_RW_SESSION);
        Template of_public =
            Template().flag(CKA_TOKEN).set(CKA_EC_PARAMS, p256_parameters).set(CKA_ID, {id_9a});
        Template of_private = Template().flag(CKA_TOKEN).set(CKA_ID, {id_9a});
        auto publics = of_public.list();
        auto privates = of_private.list();
        step(
            "C_GenerateKeyPair",
            [&] {
                CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
                CK_OBJECT_HANDLE public_key = CK_INVALID_HANDLE;
                CK_OBJECT_HANDLE private_key = CK_INVALID_HANDLE;
                return p11.C_GenerateKeyPair(session_, &mechanism, publics.data(), publics.size(),
                                             privates.data(), privates.size(), &public_key,
                                             &private_key);
            },
            CKR_ATTRIBUTE_VALUE_INVALID, CKR_DEVICE_ERROR);  // the place is taken; outcome unknown
        step("C_Sign", [&] { return sign(CKM_ECDSA_SHA256, id_9a, false); });
        step(
            "C_DestroyObject",
            [&] {
                CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
                const CK_RV code = find(CKO_PRIVATE_KEY, id_9a, key);
                return code == CKR_OK ? p11.C_DestroyObject(session_, key) : code;
            },
            CKR_KEY_HANDLE_INVALID, CKR_DEVICE_ERROR);
        end();
    }

    void sign_in_a_session() {
        begin(0);
        step("C_Sign 9A", [&] { return sign(CKM_SHA256_RSA_PKCS, id_9a, false); });
        step("C_Sign 9C", [&] { return sign(CKM_ECDSA_SHA256, id_9c, true); });
        end();
    }

    /// Whether the allocation of that number was made at all.
    bool survives_failure_of(long number, const std::function<void()>& life) {
        number_ = number;
        let_fail(number);
        life();
        const bool was_made = let_succeed();
        EXPECT_EQ(card().pin_tries_left(), 3) << number;
        EXPECT_TRUE(ends_all_threads()) << number;
        return was_made;
    }

    /// Every allocation, or every `stride`th where the test that takes long does the rest.
    void sweep(const std::function<void()>& life, long stride) {
        if (std::getenv("CARDMUX_EVERY_ALLOCATION") != nullptr) stride = 1;
        const char* const first = std::getenv("CARDMUX_FIRST_ALLOCATION");  // for a debugger
        long number = first != nullptr ? std::atol(first) : 0;
        life();
        life();
        const long live_before = live_blocks();
        long failures = 0;
        for (; survives_failure_of(number, life) && !HasFailure(); number += stride) ++failures;
        life();
        // Caches fill up for a while. A block lost at one place is LeakSanitizer's to see.
        EXPECT_LE(live_blocks(), live_before + failures / 20) << "blocks that nobody gave back";
        EXPECT_GT(number, 500) << "the allocations are counted";
        std::printf("%ld allocations, every %ld. failed\n", number, stride);
    }

    static constexpr int attempts = 4;  // a thread of the module's may meet it late
    CK_FUNCTION_LIST& p11 = module_list();
    CK_SESSION_HANDLE session_ = CK_INVALID_HANDLE;
    CK_TOKEN_INFO token_info_{};
    Bytes pin_ = bytes("123456");
    Bytes signature_ = Bytes(512);
    long number_ = -1;
    const std::string settings_ =
        testing::TempDir() + "cardmux-memory-" + std::to_string(getpid()) + ".toml";
};

TEST_F(MemoryTest, that_fails_costs_a_session_one_call_and_nothing_else) {
    make_world("instant,cards=1");
    sweep([&] { sign_in_a_session(); }, 1);
}

TEST_F(MemoryTest, that_fails_costs_a_session_that_writes_one_call_and_nothing_else) {
    make_world("instant,cards=1,empty,yubico");
    sweep([&] { make_a_key_in_a_session(); }, 4);
}

TEST_F(MemoryTest, of_100000_sessions_is_given_back) {
    make_world("instant,cards=1");
    begin(0);
    std::vector<CK_SESSION_HANDLE> sessions(100000);
    const auto open_and_close_all = [&](std::size_t at_once) {
        for (std::size_t done = 0; done < sessions.size(); done += at_once) {
            for (std::size_t i = 0; i < at_once; ++i) {
                ASSERT_EQ(p11.C_OpenSession(0, CKF_SERIAL_SESSION, nullptr, nullptr, &sessions[i]),
                          CKR_OK);
            }
            for (std::size_t i = 0; i < at_once; ++i) {
                ASSERT_EQ(p11.C_CloseSession(sessions[i]), CKR_OK);
            }
        }
    };
    const long live_before = live_blocks();
    open_and_close_all(1);
    open_and_close_all(sessions.size());
    EXPECT_LE(live_blocks(), live_before + 100);
    EXPECT_EQ(sign(CKM_SHA256_RSA_PKCS, id_9a, false), CKR_OK);
    end();
}

TEST_F(MemoryTest, that_fails_in_a_forked_child_leaves_it_without_module_and_alive) {
    make_world("instant,cards=1");
    ASSERT_EQ(p11.C_Initialize(nullptr), CKR_OK);
    pid_t child = -1;
    {
        const InsideModule inside;
        let_fail(0);
        child = fork();
        let_succeed();
    }
    if (child == 0) _exit(p11.C_Finalize(nullptr) == CKR_CRYPTOKI_NOT_INITIALIZED ? 0 : 1);
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(p11.C_Finalize(nullptr), CKR_OK);
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
    if (!conformance::take_over_libcrypto()) return 2;
    const conformance::OutsideModule outside;  // but where InsideModule says so
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
