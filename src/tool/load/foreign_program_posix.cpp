// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "tool/load/child_process.h"
#include "tool/load/foreign_program.h"
#include "tool/load/load_statistics.h"
#include "tool/load/run_record.h"
#include "tool/load/shared_value.h"
#include "transport/transport.h"

namespace cardmux::tool::load {
namespace {

constexpr std::size_t visits_max = 4096;

/// GET DATA of the card's unique identifier (SP 800-73-4 part 1, 3.1.2). Changes nothing, whatever
/// applet is selected: another one answers with an error.
constexpr std::array<std::uint8_t, 11> get_data{0x00, 0xCB, 0x3F, 0xFF, 0x05, 0x5C,
                                                0x03, 0x5F, 0xC1, 0x02, 0x00};

struct SharedVisits {
    SharedText reader;
    SharedText first_error;
    std::atomic<std::uint64_t> errors;
    std::atomic<std::size_t> count;
    double last_connect_ms;
    double connect_ms[visits_max];
    double begin_ms[visits_max];
};

using Connection = std::unique_ptr<transport::CardConnection>;

Result<void> connect(transport::ReaderService& service, SharedVisits& visits,
                     Connection& connection) {
    const TimePoint before = now();
    CARDMUX_TRY_ASSIGN(connection, service.connect(std::string(visits.reader.get())));
    visits.last_connect_ms = milliseconds(now() - before);
    return success();
}

Result<void> begin(transport::CardConnection& connection, SharedVisits& visits) {
    const TimePoint before = now();
    auto begun = connection.begin();
    for (int i = 0; i < 5 && !begun && begun.error().code == ErrorCode::CardReset; ++i) {
        CARDMUX_TRY(connection.reconnect(transport::Disposition::Leave));
        begun = connection.begin();
    }
    CARDMUX_TRY(begun);
    const std::size_t place = visits.count.load();
    if (place < visits_max) {
        visits.connect_ms[place] = visits.last_connect_ms;
        visits.begin_ms[place] = milliseconds(now() - before);
        visits.count.store(place + 1);
    }
    return success();
}

Result<void> visit(transport::ReaderService& service, const ForeignRequest& request,
                   SharedVisits& visits, Connection& connection) {
    if (!connection) CARDMUX_TRY(connect(service, visits, connection));
    CARDMUX_TRY(begin(*connection, visits));
    const auto answer = connection->transmit(get_data);
    CARDMUX_TRY(connection->end(transport::Disposition::Leave));
    if (!answer) return answer.error();
    if (!request.keeps_connection) connection.reset();
    return success();
}

void note(SharedVisits& visits, const Result<void>& result) {
    if (result) return;
    if (visits.errors.fetch_add(1) == 0) visits.first_error.set(to_string(result.error()));
}

Result<void> choose_reader(transport::ReaderService& service, const ForeignRequest& request,
                           SharedVisits& visits) {
    CARDMUX_TRY_ASSIGN(const auto readers, service.list());
    for (const auto& reader : readers) {
        const bool wanted =
            request.reader.empty() ? reader.card_present : reader.name == request.reader;
        if (!wanted) continue;
        visits.reader.set(reader.name);
        return success();
    }
    return Error(ErrorCode::ReaderUnavailable, "find the reader");
}

Result<void> visit_again_and_again(const ForeignRequest& request, SharedVisits& visits) {
    const auto transport = transport::make_pcsc_transport();
    CARDMUX_TRY_ASSIGN(const auto service, transport->connect_service());
    CARDMUX_TRY(choose_reader(*service, request, visits));
    const auto as_duration = [](double seconds) {
        return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    };
    const TimePoint end = now() + as_duration(request.seconds);
    Connection connection;
    while (now() < end) {
        const auto visited = visit(*service, request, visits, connection);
        note(visits, visited);
        if (!visited) connection.reset();
        // Regular visits would meet our regular gaps always at the same point.
        const double share = static_cast<double>(system_random().next_u64() >> 11) * 0x1p-53;
        sleep_until(std::min(now() + as_duration(2 * share * request.every_seconds), end));
    }
    return success();
}

}  // namespace

Result<ForeignReport> run_foreign_program(const ForeignRequest& request) {
    SharedValue<SharedVisits> visits;
    CARDMUX_TRY_ASSIGN(auto child, ChildProcess::start([&] {
                           note(*visits, visit_again_and_again(request, *visits));
                           return 0;
                       }));
    const auto limit = std::chrono::milliseconds(
        static_cast<long>((request.seconds + request.begin_limit_seconds) * 1e3));
    ForeignReport report;
    report.hung = !child.wait(Deadline::after(limit));
    if (report.hung) child.kill();
    report.reader = visits->reader.get();
    const std::size_t count = visits->count.load();
    report.begin_ms.assign(visits->begin_ms, visits->begin_ms + count);
    if (!request.keeps_connection) {
        report.connect_ms.assign(visits->connect_ms, visits->connect_ms + count);
    }
    report.errors = visits->errors.load();
    report.first_error = visits->first_error.get();
    return report;
}

nlohmann::json to_json(const ForeignReport& report) {
    const auto figures = [](std::vector<double> values) {
        std::sort(values.begin(), values.end());
        return nlohmann::json{{"p50_ms", percentile(values, 50)},
                              {"p95_ms", percentile(values, 95)},
                              {"max_ms", values.empty() ? 0 : values.back()}};
    };
    return {{"reader", report.reader},
            {"visits", report.begin_ms.size()},
            {"begin", figures(report.begin_ms)},
            {"connect", figures(report.connect_ms)},
            {"errors", report.errors},
            {"first_error", report.first_error},
            {"hung", report.hung}};
}

std::string to_text(const ForeignReport& report) {
    const nlohmann::json object = to_json(report);
    std::string text =
        fmt::format("{}: {} visits, {} errors{}\n", report.reader, report.begin_ms.size(),
                    report.errors, report.hung ? "; HUNG" : "");
    for (const char* what : {"connect", "begin"}) {
        if (what[0] == 'c' && report.connect_ms.empty()) continue;
        text +=
            fmt::format("  {:<8} p50 {:.0f} ms, p95 {:.0f} ms, max {:.0f} ms\n", what,
                        object[what]["p50_ms"].get<double>(), object[what]["p95_ms"].get<double>(),
                        object[what]["max_ms"].get<double>());
    }
    if (!report.first_error.empty()) text += fmt::format("  first error: {}\n", report.first_error);
    return text;
}

}  // namespace cardmux::tool::load
