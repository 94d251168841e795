// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/clients/container_process.h"

#include "container/find_container.h"
#include "container/key_access.h"
#include "provider/provider.h"
#include "simulation/world/checkers/signature_judge.h"
#include "simulation/world/observed_transport.h"
#include "simulation/world/observed_turn.h"

namespace cardmux::simulation {
namespace {

using container::Caller;
using container::FoundContainer;
using container::KeyAccess;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr token::DomainId logon = 1;
constexpr Duration deadline_slack = milliseconds(400);  ///< stalls included
constexpr Duration longest_call = seconds(260);  ///< as Pkcs11Application's; finding may wait, too

/// Types the PIN that the card has now. Until the operation is over, that PIN is one that the
/// application presents, and may turn out to be wrong.
class Person final : public container::PinPrompt {
  public:
    explicit Person(World& world) : world_(world) {}

    Result<SecretBytes> ask(const container::PinQuestion& question) override {
        WorldReader* const reader = world_.find_reader(question.reader);
        if (reader == nullptr) return Error(ErrorCode::Cancelled, "ask").with_detail(1);
        world_.note("a person is asked", reader, "");
        sleep_for(milliseconds(static_cast<std::int64_t>(world_.chance().below(3000))));
        const std::string pin = reader->pin;
        ++reader->explicit_logins;
        typed_.push_back({reader, pin});
        return SecretBytes(bytes_of(pin));
    }

    /// No operation is under way that could still present what was typed.
    void forget_typed() {
        for (const auto& [reader, pin] : typed_) {
            --reader->explicit_logins;
            if (pin != reader->pin) ++reader->tries_allowed;
        }
        typed_.clear();
    }

  private:
    World& world_;
    std::vector<std::pair<WorldReader*, std::string>> typed_;
};

provider::Settings settings_of(World& world) {
    constexpr std::array<int, 4> holds = {0, 20, 100, 1500};
    provider::Settings settings;
    settings.shared_folder = "/tmp";
    settings.hold = milliseconds(holds.at(world.chance().below(holds.size())));
    if (world.chance().one_in(3)) settings.ride_through = seconds(5);
    return settings;
}

class Process {
  public:
    Process(World& world, Nature& nature, ProcessNumber number)
        : world_(world), person_(std::make_shared<Person>(world)), access_(person_) {
        provider::Environment environment;
        environment.transport = make_observed_transport(world, &nature, number);
        environment.open_turn = observed_turns(world, number);
        provider_ = std::move(provider::Provider::create(environment, settings_of(world))).value();
    }

    void live() {
        std::vector<Thread> clients(world_.chance().between(1, 3));
        for (Thread& client : clients) (void)client.start("container", [this] { use_keys(); });
        for (Thread& client : clients) client.join();
        person_->forget_typed();
        provider_->shut_down(Deadline::after(seconds(10)));
    }

  private:
    void use_keys() {
        token::Client client = provider_->make_client(logon);
        const bool is_bulk = world_.chance().one_in(2);
        if (is_bulk) client.service_class = transaction::ServiceClass::Bulk;
        const bool has_deadlines = world_.chance().one_in(2);
        const auto count = world_.chance().between(1, 5);
        for (std::uint64_t i = 0; i < count; ++i) {
            Caller caller;
            caller.client = client;
            if (has_deadlines) caller.deadline = Deadline::after(seconds(8));
            use_key(caller);
            if (world_.chance().one_in(3)) {
                sleep_for(milliseconds(static_cast<std::int64_t>(world_.chance().below(500))));
            }
        }
    }

    void use_key(const Caller& caller) {
        auto& readers = world_.readers();
        WorldReader& reader = readers.at(world_.chance().below(readers.size()));
        const TimePoint start = now();
        Bytes hash(32);
        world_.chance().fill(hash);
        const auto signature = sign(reader, caller, hash);
        note(signature, reader, caller, start);
        if (!signature) return;
        const bool is_right = is_signature_of(*reader.home, 0x9A, hash, *signature) ||
                              (world_.plan().kinds().has(Fault::Swapped) &&
                               is_signature_of(*reader.spare, 0x9A, hash, *signature));
        world_.expect(is_right, "G7: a container's signature is wrong");
        ++world_.counts().signatures;
    }

    Result<Bytes> sign(const WorldReader& reader, const Caller& caller, const Bytes& hash) {
        CARDMUX_TRY_ASSIGN(const FoundContainer found,
                           container::find_container(*provider_, {reader.name, ""}, caller.client,
                                                     caller.deadline));
        token::SignRequest request;
        request.key_reference = found.container.key_reference;
        request.public_key = found.key().key.public_key;
        request.scheme = token::Ecdsa{};
        request.input = hash;
        return access_.sign(found, caller, std::move(request));
    }

    void note(const Result<Bytes>& signature, const WorldReader& reader, const Caller& caller,
              TimePoint start) {
        const std::string result = signature ? "ok" : name_of(signature.error().code);
        ++world_.counts().operations;
        ++world_.counts().results[result];
        world_.note("sign by container", &reader, result);
        if (!signature) {
            ++world_.counts().errors;
            world_.expect(
                may_end_so(signature.error().code, caller),
                "G1: a container's signature ended with " + result + ", and nothing explains it");
        }
        if (!caller.deadline.is_never()) {
            // A question to a person has its own patience.
            const Duration late = now() - *caller.deadline.when();
            world_.expect(late < deadline_slack + seconds(3) + stopped_for(),
                          "G4: a deadline was missed by " +
                              std::to_string(cardmux::milliseconds(late)) + " ms");
        }
        world_.expect(
            now() - start < longest_call + stopped_for(),
            "G4: a call took " + std::to_string(cardmux::milliseconds(now() - start)) + " ms");
    }

    Duration stopped_for() const {
        return world_.plan().kinds().has(Fault::ProcessStopped) ? seconds(41) : Duration::zero();
    }

    bool may_end_so(ErrorCode code, const Caller& caller) const {
        // Of a process that was stopped, time limits pass unseen.
        const bool may_be_late = world_.plan().kinds().has(Fault::ProcessStopped);
        if (code == ErrorCode::TimedOut) return !caller.deadline.is_never() || may_be_late;
        if (world_.plan().kinds().is_invisible()) return false;
        switch (code) {
            case ErrorCode::Internal:
            case ErrorCode::OutOfMemory:
            case ErrorCode::InvalidArgument:
            case ErrorCode::ShuttingDown:
            case ErrorCode::PinFormatInvalid:
                return false;
            default:
                return true;
        }
    }

    World& world_;
    const std::shared_ptr<Person> person_;
    KeyAccess access_;
    std::shared_ptr<provider::Provider> provider_;
};

}  // namespace

ContainerProcess::ContainerProcess(World& world, Nature& nature, ProcessNumber process) {
    nature.may_strike(process);
    (void)thread_.start("process " + std::to_string(process), [&world, &nature, process] {
        world.scheduler().set_process(process);
        Process lives(world, nature, process);
        lives.live();
    });
}

}  // namespace cardmux::simulation
