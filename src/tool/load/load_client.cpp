// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/load/load_client.h"

#include <array>

namespace cardmux::tool::load {
namespace {

/// After a failure, so that a module that fails at once does not turn the load into a busy loop.
constexpr auto pause_after_failure = std::chrono::milliseconds(10);

class LoadClient {
  public:
    LoadClient(const LoadOptions& options, const Pkcs11Target& target, RunRecord& record,
               ClientPlace place, SignatureJudge judge)
        : options_(options),
          target_(target),
          record_(record),
          place_(place),
          judge_(std::move(judge)),
          mine_(record.client(place.client)),
          find_(target.key_id),
          pin_(to_bytes(options.pin.view())) {
        const PssNumbers pss = pss_numbers(*target.mechanism);
        pss_ = {pss.hash_mechanism, pss.mask_generation, pss.salt_size};
        mechanism_ = {target.mechanism->type, nullptr, 0};
        if (target.mechanism->is_pss) mechanism_ = {target.mechanism->type, &pss_, sizeof pss_};
    }
    ~LoadClient() { wipe(pin_); }
    LoadClient(const LoadClient&) = delete;
    LoadClient& operator=(const LoadClient&) = delete;

    void run() {
        key_ = target_.key;
        if (options_.mode == LoadMode::Plain)
            while (!is_over() && !open_session()) pause();
        mine_.ready_us.store(record_.microseconds_now());
        for (std::uint64_t counter = 0; !is_over() && may_sign(); ++counter) sign_once(counter);
        if (session_ != CK_INVALID_HANDLE) close_session();
    }

  private:
    bool is_over() const {
        if (options_.count != 0) return false;
        const auto end =
            record_.started_us().load() + static_cast<std::int64_t>(options_.seconds * 1e6);
        return record_.microseconds_now() >= end;
    }
    bool may_sign() { return options_.count == 0 || record_.take_ticket(); }
    static void pause() { sleep_for(pause_after_failure); }

    /// Makes one call of the module, with its start visible to the supervisor.
    template <typename Function>
    bool call(Call which, Function function) {
        mine_.call.store(which);
        mine_.call_since_us.store(record_.microseconds_now());
        const CK_RV code = function();
        mine_.call_since_us.store(0);
        if (code == CKR_OK) return true;
        record_.add_error(place_.process, which, code);
        return false;
    }

    bool open_session() {
        return call(Call::OpenSession, [this] {
            return target_.functions->C_OpenSession(target_.slot, CKF_SERIAL_SESSION, nullptr,
                                                    nullptr, &session_);
        });
    }

    bool close_session() {
        const CK_SESSION_HANDLE session = session_;
        session_ = CK_INVALID_HANDLE;
        return call(Call::CloseSession, [&] { return target_.functions->C_CloseSession(session); });
    }

    bool find_key() {
        CK_ULONG count = 0;
        const bool started = call(Call::FindObjectsInit, [this] {
            return target_.functions->C_FindObjectsInit(session_, find_.attributes, find_.count);
        });
        if (!started) return false;
        const bool found = call(Call::FindObjects, [&] {
            const CK_RV code = target_.functions->C_FindObjects(session_, &key_, 1, &count);
            return code == CKR_OK && count == 0 ? CK_RV{code_key_not_found} : code;
        });
        const bool ended = call(Call::FindObjectsFinal,
                                [this] { return target_.functions->C_FindObjectsFinal(session_); });
        return found && ended;
    }

    /// What a program asks before it uses a key: the PKCS#11 form of CryptGetKeyParam.
    bool read_attributes() {
        CK_KEY_TYPE type = 0;
        std::array<CK_BYTE, 256> id{};
        std::array<CK_ATTRIBUTE, 2> wanted{CK_ATTRIBUTE{CKA_KEY_TYPE, &type, sizeof type},
                                           CK_ATTRIBUTE{CKA_ID, id.data(), id.size()}};
        return call(Call::GetAttributeValue, [&] {
            return target_.functions->C_GetAttributeValue(session_, key_, wanted.data(),
                                                          wanted.size());
        });
    }

    bool sign(Challenge& challenge, Bytes& signature) {
        const bool started = call(Call::SignInit, [this] {
            return target_.functions->C_SignInit(session_, &mechanism_, key_);
        });
        if (!started) return false;
        if (target_.always_authenticate && !log_in_for_operation()) return false;
        signature.resize(1024);
        CK_ULONG size = signature.size();
        const bool signed_it = call(Call::Sign, [&] {
            return target_.functions->C_Sign(session_, challenge.input.data(),
                                             challenge.input.size(), signature.data(), &size);
        });
        signature.resize(signed_it ? size : 0);
        return signed_it;
    }

    bool log_in_for_operation() {
        return call(Call::LoginForOperation, [this] {
            return target_.functions->C_Login(session_, CKU_CONTEXT_SPECIFIC, pin_.data(),
                                              pin_.size());
        });
    }

    bool sign_with_session(Challenge& challenge, Bytes& signature) {
        if (options_.mode == LoadMode::Plain) return sign(challenge, signature);
        if (!open_session()) return false;
        const bool signed_it = find_key() && read_attributes() && sign(challenge, signature);
        const bool closed = close_session();
        return signed_it && closed;
    }

    void sign_once(std::uint64_t counter) {
        Challenge challenge = judge_.make_challenge(place_.run, place_.client, counter);
        Bytes signature;
        const std::int64_t begin = record_.microseconds_now();
        const bool signed_it = sign_with_session(challenge, signature);
        const std::int64_t end = record_.microseconds_now();
        Outcome outcome = signed_it ? Outcome::Right : Outcome::Failed;
        // Wrong goes before failed: a bad signature is worse than a failing C_CloseSession behind
        // it.
        if (!signature.empty() && !judge_.accepts(challenge, signature)) outcome = Outcome::Wrong;
        note(outcome, begin, end);
        if (!signed_it) pause();
    }

    void note(Outcome outcome, std::int64_t begin, std::int64_t end) {
        auto& counter = outcome == Outcome::Right    ? mine_.right
                        : outcome == Outcome::Failed ? mine_.failed
                                                     : mine_.wrong;
        counter.fetch_add(1);
        record_.add_sample({end, static_cast<std::uint32_t>(end - begin),
                            static_cast<std::uint16_t>(place_.client), outcome});
        std::int64_t none = 0;
        if (outcome == Outcome::Right)
            record_.process(place_.process).first_signature_us.compare_exchange_strong(none, end);
    }

    const LoadOptions& options_;
    const Pkcs11Target& target_;
    RunRecord& record_;
    const ClientPlace place_;
    const SignatureJudge judge_;
    ClientRecord& mine_;
    PrivateKeyTemplate find_;
    Bytes pin_;
    CK_RSA_PKCS_PSS_PARAMS pss_{};
    CK_MECHANISM mechanism_{};
    CK_SESSION_HANDLE session_ = CK_INVALID_HANDLE;
    CK_OBJECT_HANDLE key_ = CK_INVALID_HANDLE;
};

}  // namespace

void run_client(const LoadOptions& options, const Pkcs11Target& target, RunRecord& record,
                ClientPlace place) {
    auto judge = SignatureJudge::create(*target.judge_key, *target.mechanism);
    if (!judge) return;  // the same was made once before, when the target was opened
    LoadClient(options, target, record, place, std::move(judge).value()).run();
}

}  // namespace cardmux::tool::load
