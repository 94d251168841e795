// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "tool/load/run_record.h"

namespace cardmux::tool::load {
namespace {

/// 64 MiB of address space, touched only as far as it is used: 4 million signatures.
constexpr std::uint64_t sample_count_max = 4U << 20;

constexpr std::size_t rounded(std::size_t size) {
    return (size + 63) / 64 * 64;
}

std::uint64_t error_key(Call call, std::uint64_t code) {
    return (static_cast<std::uint64_t>(call) << 56) | (code & 0x00FF'FFFF'FFFF'FFFFULL);
}

}  // namespace

struct RunRecord::Head {
    std::atomic<std::int64_t> started_us;
    std::atomic<std::int64_t> tickets;
    std::atomic<std::uint64_t> sample_count;
};

void SharedText::set(std::string_view text) {
    const std::size_t size = std::min(text.size(), characters.size() - 1);
    std::memcpy(characters.data(), text.data(), size);
    characters[size] = '\0';
}

std::string_view SharedText::get() const {
    return characters.data();
}

std::unique_ptr<RunRecord> RunRecord::create(unsigned processes, unsigned threads) {
    const std::size_t head = rounded(sizeof(Head));
    const std::size_t process_bytes = rounded(sizeof(ProcessRecord) * processes);
    const std::size_t client_bytes = rounded(sizeof(ClientRecord) * processes * threads);
    const std::size_t size =
        head + process_bytes + client_bytes + sizeof(Sample) * sample_count_max;
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    auto* bytes = static_cast<std::uint8_t*>(memory);
    std::unique_ptr<RunRecord> record(new RunRecord());
    record->memory_ = memory;
    record->size_ = size;
    record->head_ = new (bytes) Head();
    record->processes_ = new (bytes + head) ProcessRecord[processes]();
    record->clients_ =
        new (bytes + head + process_bytes) ClientRecord[std::size_t{processes} * threads]();
    // Samples are not constructed: that would touch all pages. Zero bytes are what they start as.
    record->samples_ = reinterpret_cast<Sample*>(bytes + head + process_bytes + client_bytes);
    record->process_count_ = processes;
    record->threads_ = threads;
    record->origin_ = now() - std::chrono::microseconds(1);
    return record;
}

RunRecord::~RunRecord() {
    munmap(memory_, size_);
}

std::int64_t RunRecord::microseconds_now() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(now() - origin_).count();
}

TimePoint RunRecord::time_at(std::int64_t microseconds) const {
    return origin_ + std::chrono::microseconds(microseconds);
}

void RunRecord::add_sample(Sample sample) {
    const std::uint64_t index = head_->sample_count.fetch_add(1, std::memory_order_relaxed);
    if (index >= sample_count_max) return;
    Sample& place = samples_[index];
    place.duration_us = sample.duration_us;
    place.client = sample.client;
    place.outcome = sample.outcome;
    std::atomic_ref<std::int64_t>(place.end_us).store(sample.end_us, std::memory_order_release);
}

void RunRecord::add_error(unsigned process, Call call, std::uint64_t code) {
    const std::uint64_t key = error_key(call, code);
    const std::int64_t when = microseconds_now();
    for (ErrorEntry& entry : processes_[process].errors) {
        std::uint64_t expected = 0;
        const bool is_new = entry.key.compare_exchange_strong(expected, key);
        if (!is_new && expected != key) continue;
        if (is_new) entry.first_us.store(when);
        entry.last_us.store(when);
        entry.count.fetch_add(1);
        return;
    }
    processes_[process].errors_not_listed.fetch_add(1);
}

std::span<Sample> RunRecord::samples() {
    const auto count = std::min(head_->sample_count.load(), sample_count_max);
    return {samples_, static_cast<std::size_t>(count)};
}

std::uint64_t RunRecord::samples_lost() const {
    const std::uint64_t count = head_->sample_count.load();
    return count > sample_count_max ? count - sample_count_max : 0;
}

bool RunRecord::take_ticket() {
    return head_->tickets.fetch_sub(1) > 0;
}

void RunRecord::set_tickets(std::uint64_t count) {
    head_->tickets.store(static_cast<std::int64_t>(count));
}

std::atomic<std::int64_t>& RunRecord::started_us() {
    return head_->started_us;
}

}  // namespace cardmux::tool::load
