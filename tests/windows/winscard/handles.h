// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#pragma once

// What a Windows program's SCARDCONTEXT and SCARDHANDLE stand for.
//
// In pcsc-lite all calls of one context wait for each other, and a thread that waits so keeps every
// other thread out of the library. In Windows a call that waits ties up its own thread only. So
// each card handle and each wait for a change has a pcsc-lite context of its own, and calls of one
// card handle wait for each other here.

#include <winscard.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "windows/winscard/windows_types.h"

namespace forwarder {

/// A pcsc-lite context, released with the last who uses it.
class Service {
  public:
    /// Null if there is no service; code says why.
    static std::shared_ptr<Service> establish(Code& code);
    explicit Service(SCARDCONTEXT context) : context_(context) {}
    ~Service() { SCardReleaseContext(context_); }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    SCARDCONTEXT get() const { return context_; }

  private:
    SCARDCONTEXT context_;
};

/// One SCardGetStatusChange in progress.
struct Wait {
    std::shared_ptr<Service> service;
    std::atomic<bool> is_cancelled = false;
};

/// An SCARDCONTEXT.
class Context {
  public:
    explicit Context(std::shared_ptr<Service> service) : service_(std::move(service)) {}
    SCARDCONTEXT get() const { return service_->get(); }

    /// Null if there is no service. Ended by end_wait().
    std::shared_ptr<Wait> begin_wait(Code& code);
    void end_wait(const std::shared_ptr<Wait>& wait, bool is_service_fine);
    void cancel_waits();

  private:
    std::shared_ptr<Service> service_;
    std::mutex mutex_;
    std::vector<std::shared_ptr<Service>> idle_;  ///< for the next wait
    std::vector<std::shared_ptr<Wait>> waits_;
};

/// An SCARDHANDLE. Closed for all once disconnected, and kept for those inside a call.
struct Card {
    Handle context = 0;
    std::shared_ptr<Service> service;
    SCARDHANDLE handle = 0;
    std::mutex mutex;  ///< one call at a time
    std::atomic<bool> is_closed = false;
    int transactions = 0;
};

/// Numbers are never given twice: a stale one finds nothing.
template <class Object>
class Table {
  public:
    explicit Table(Handle first) : next_(first) {}

    Handle add(std::shared_ptr<Object> object) {
        const std::lock_guard lock(mutex_);
        objects_[next_] = std::move(object);
        return next_++;
    }
    std::shared_ptr<Object> find(Handle handle) {
        const std::lock_guard lock(mutex_);
        const auto found = objects_.find(handle);
        return found == objects_.end() ? nullptr : found->second;
    }
    std::shared_ptr<Object> take(Handle handle) {
        const std::lock_guard lock(mutex_);
        const auto found = objects_.find(handle);
        if (found == objects_.end()) return nullptr;
        auto object = std::move(found->second);
        objects_.erase(found);
        return object;
    }
    template <class Predicate>
    std::vector<std::shared_ptr<Object>> take_all(Predicate is_wanted) {
        std::vector<std::shared_ptr<Object>> taken;
        const std::lock_guard lock(mutex_);
        for (auto entry = objects_.begin(); entry != objects_.end();) {
            if (is_wanted(*entry->second)) {
                taken.push_back(std::move(entry->second));
                entry = objects_.erase(entry);
            } else {
                ++entry;
            }
        }
        return taken;
    }

  private:
    std::mutex mutex_;
    std::map<Handle, std::shared_ptr<Object>> objects_;
    Handle next_;
};

Table<Context>& contexts();
Table<Card>& cards();

/// waits  for the call in progress on this handle
Code disconnect(Card& card, DWORD disposition);

/// pcsc-lite's code for a Windows program. Its library has two of its own for a pcscd that goes
/// away during a call: Windows says that the service was stopped.
inline Code code(LONG result) {
    const bool is_gone = result == SCARD_F_COMM_ERROR || result == SCARD_W_SECURITY_VIOLATION;
    return is_gone ? service_stopped : static_cast<Code>(result);
}

/// It has one number for two of Windows' errors, too, 0x8010001F: in calls about the reader's
/// features it is "unsupported" that is meant.
inline Code code_or_unsupported(LONG result) {
    return result == SCARD_E_UNSUPPORTED_FEATURE ? unsupported_feature : code(result);
}

}  // namespace forwarder
