// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#pragma once

// The handles that the double of ncrypt.dll gives out: names of counted objects of its own, as the
// real one's. What a key storage provider gave stays behind them. Not here: the NCrypt* functions.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "windows/ncrypt/key_storage_table.h"

namespace ncrypt_double {

/// A provider's DLL. Let go with the last object of it, as Windows may: a provider that needs to
/// stay has to see to that itself.
class Library {
  public:
    /// Found in the registry by the provider's name.
    static std::shared_ptr<Library> load(Name provider, Status& status);
    Library(HMODULE module, KeyStorageTable* table) : module_(module), table_(table) {}
    ~Library() { FreeLibrary(module_); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
    const KeyStorageTable& table() const { return *table_; }

  private:
    HMODULE module_;
    KeyStorageTable* table_;
};

enum class Kind { Provider, Key, Secret };

/// A provider, a key or a secret, and the provider's own handle of it.
class Object {
  public:
    Object(Kind kind, std::shared_ptr<Library> library, std::shared_ptr<Object> provider,
           ULONG_PTR own)
        : kind_(kind), library_(std::move(library)), provider_(std::move(provider)), own_(own) {}
    ~Object() { (void)free(); }
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;

    Kind kind() const { return kind_; }
    const std::shared_ptr<Library>& dll() const { return library_; }
    const KeyStorageTable& table() const { return library_->table(); }
    ULONG_PTR own() const { return own_; }
    /// The provider's own handle of the provider that this belongs to.
    ProvHandle provider_own() const { return provider_ ? provider_->own() : own_; }
    const std::shared_ptr<Object>& provider() const { return provider_; }

    /// Tells the provider that the object is done with; the first time only.
    Status free();
    bool is_free() const { return is_free_; }
    /// The provider has done so itself.
    void forget() { is_free_ = true; }

  private:
    Kind kind_;
    std::shared_ptr<Library> library_;
    std::shared_ptr<Object> provider_;
    ULONG_PTR own_;
    std::atomic<bool> is_free_ = false;
};

/// Null if the handle is not, or no longer, one of this kind.
std::shared_ptr<Object> find(ULONG_PTR handle, Kind kind);
std::shared_ptr<Object> find_any(ULONG_PTR handle);
ULONG_PTR add(std::shared_ptr<Object> object);
/// The handle stands for nothing from now on.
std::shared_ptr<Object> take(ULONG_PTR handle);

/// Which provider a block of memory is to be given back to.
void remember_buffer(void* buffer, std::shared_ptr<Library> library);
std::shared_ptr<Library> take_buffer(void* buffer);

}  // namespace ncrypt_double
