// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>

#include <algorithm>

#include "drivers/piv/piv_driver.h"
#include "tool/load/card_limit.h"
#include "tool/load/child_process.h"
#include "tool/load/run_record.h"
#include "tool/load/shared_value.h"
#include "tool/world.h"

namespace cardmux::tool::load {
namespace {

constexpr double patience_seconds = 20;

/// The driver's view of a connection.
class ConnectionChannel : public iso7816::ApduChannel {
  public:
    explicit ConnectionChannel(transport::CardConnection& connection) : connection_(connection) {}
    Result<Bytes> transmit(ByteView command) override { return connection_.transmit(command); }

  private:
    transport::CardConnection& connection_;
};

/// The reader whose name starts with `name`: a slot description has 64 characters at most.
Result<std::string> find_reader(transport::ReaderService& service, const std::string& name) {
    CARDMUX_TRY_ASSIGN(const auto readers, service.list());
    for (const auto& reader : readers)
        if (reader.card_present && reader.name.compare(0, name.size(), name) == 0)
            return reader.name;
    return Error(ErrorCode::ReaderUnavailable, "find the reader of the slot");
}

Result<void> begin(transport::CardConnection& connection) {
    for (int attempt = 0; attempt < 5; ++attempt) {
        const auto begun = connection.begin();
        if (begun || begun.error().code != ErrorCode::CardReset) return begun;
        CARDMUX_TRY(connection.reconnect(transport::Disposition::Leave));
    }
    return Error(ErrorCode::CardReset, "begin a transaction");
}

Result<drivers::CardKey> find_key(const drivers::CardContents& contents,
                                  const LimitRequest& request) {
    const drivers::CardKey* second_best = nullptr;
    for (const drivers::CardKey& key : contents.keys) {
        const auto info = crypto::encode_public_key_info(key.public_key);
        if (info && equal(*info, request.public_key_info)) return key;
        if (key.reference == request.key_reference) second_best = &key;
    }
    // A simulated card of the same profile has keys of its own, with the same sizes.
    if (second_best != nullptr && request.is_simulated) return *second_best;
    return Error(ErrorCode::KeyNotFound, "find the key on the bare card");
}

/// A block that every modulus can be raised on: it starts with a zero byte.
Bytes input_for(const drivers::CardKey& key) {
    const bool is_rsa = std::holds_alternative<crypto::RsaPublicKey>(key.public_key);
    Bytes input(is_rsa ? crypto::key_bits(key.public_key) / 8 : 32, 0x5A);
    input[0] = 0;
    return input;
}

/// Everything between begin and end.
Result<double> count_operations(transport::CardConnection& connection,
                                const LimitRequest& request) {
    ConnectionChannel channel(connection);
    CARDMUX_TRY_ASSIGN(const auto driver, drivers::piv::probe_piv(channel, connection.atr()));
    if (!driver) return Error(ErrorCode::CardNotRecognized, "find a driver for the card");
    CARDMUX_TRY(driver->select(channel));
    CARDMUX_TRY_ASSIGN(const auto contents, driver->read_contents(channel));
    CARDMUX_TRY_ASSIGN(const auto key, find_key(contents, request));
    const bool needs_pin = key.pin_policy != drivers::PinPolicy::Never && request.pin != nullptr;
    if (needs_pin) CARDMUX_TRY(driver->verify_pin(channel, *request.pin));
    Bytes input = input_for(key);
    std::uint64_t count = 0;
    const TimePoint start = now();
    const TimePoint end =
        start + std::chrono::milliseconds(static_cast<long>(request.seconds * 1e3));
    while (now() < end) {
        if (needs_pin && key.pin_policy == drivers::PinPolicy::Always && count != 0)
            CARDMUX_TRY(driver->verify_pin(channel, *request.pin));
        input.back() = static_cast<std::uint8_t>(++count);
        CARDMUX_TRY(driver->private_key_operation(channel, key, input));
    }
    const double seconds = milliseconds(now() - start) * 1e-3;
    if (needs_pin) (void)driver->drop_authority(channel);
    return static_cast<double>(count) / seconds;
}

struct SharedResult {
    double rate;
    SharedText problem;
};

void measure_in_this_process(const LimitRequest& request, SharedResult& result) {
    std::string problem;
    const auto world = make_world(request.is_simulated ? request.simulation : "", problem);
    if (!world) return result.problem.set(problem);
    const auto rate = run_raw_loop(**world, request);
    if (rate)
        result.rate = *rate;
    else
        result.problem.set(to_string(rate.error()));
}

}  // namespace

Result<double> run_raw_loop(transport::Transport& transport, const LimitRequest& request) {
    CARDMUX_TRY_ASSIGN(const auto service, transport.connect_service());
    CARDMUX_TRY_ASSIGN(const auto reader,
                       find_reader(*service, request.is_simulated ? "" : request.reader));
    CARDMUX_TRY_ASSIGN(const auto connection, service->connect(reader));
    CARDMUX_TRY(begin(*connection));
    auto rate = count_operations(*connection, request);
    (void)connection->end(transport::Disposition::Leave);
    return rate;
}

LimitResult measure_limit(const LimitRequest& request) {
    SharedValue<SharedResult> result;
    auto child = ChildProcess::start([&] {
        measure_in_this_process(request, *result);
        return 0;
    });
    if (!child) return {std::nullopt, to_string(child.error())};
    const auto patience =
        std::chrono::milliseconds(static_cast<long>((request.seconds + patience_seconds) * 1e3));
    if (!child->wait(Deadline::after(patience)))
        return {std::nullopt, "the bare card gave no answer in time"};
    if (result->rate > 0) return {result->rate, ""};
    const std::string problem(result->problem.get());
    return {std::nullopt,
            problem.empty() ? "the bare loop ended by " + child->describe_end() : problem};
}

}  // namespace cardmux::tool::load
