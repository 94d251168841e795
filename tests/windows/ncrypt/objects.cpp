// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "windows/ncrypt/objects.h"

namespace ncrypt_double {
namespace {

struct Tables {
    std::mutex mutex;
    std::map<ULONG_PTR, std::shared_ptr<Object>> objects;
    ULONG_PTR next = 0x4E430001;  // never given twice
    std::map<void*, std::shared_ptr<Library>> buffers;
};

/// Never destroyed: threads of the program may be inside when the process ends.
Tables& tables() {
    static auto& all = *new Tables;
    return all;
}

/// The "Image" of a registered provider, empty if there is none.
std::wstring image_of(Name provider) {
    const std::wstring key =
        std::wstring(L"SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Providers\\") + provider +
        L"\\UM";
    wchar_t image[MAX_PATH + 1] = {};
    DWORD size = sizeof image - sizeof(wchar_t);
    const LSTATUS found = RegGetValueW(HKEY_LOCAL_MACHINE, key.c_str(), L"Image", RRF_RT_REG_SZ,
                                       nullptr, image, &size);
    return found == ERROR_SUCCESS ? image : L"";
}

}  // namespace

std::shared_ptr<Library> Library::load(Name provider, Status& status) {
    const std::wstring image = image_of(provider);
    status = NTE_BAD_PROVIDER;
    if (image.empty()) return nullptr;
    status = NTE_PROV_DLL_NOT_FOUND;
    const HMODULE module = LoadLibraryW(image.c_str());
    if (module == nullptr) return nullptr;
    const auto entry = reinterpret_cast<GetKeyStorageInterface>(
        reinterpret_cast<void*>(GetProcAddress(module, "GetKeyStorageInterface")));
    KeyStorageTable* table = nullptr;
    status = NTE_PROVIDER_DLL_FAIL;
    if (entry != nullptr) status = entry(provider, &table, 0);
    if (status == 0 && table != nullptr && table->version.major >= 1) {
        return std::make_shared<Library>(module, table);
    }
    if (status == 0) status = NTE_PROVIDER_DLL_FAIL;
    FreeLibrary(module);
    return nullptr;
}

Status Object::free() {
    if (is_free_.exchange(true)) return NTE_INVALID_HANDLE;
    switch (kind_) {
        case Kind::Provider:
            return table().free_provider(own_);
        case Kind::Key:
            return table().free_key(provider_own(), own_);
        case Kind::Secret:
            return table().free_secret(provider_own(), own_);
    }
    return NTE_INTERNAL_ERROR;
}

std::shared_ptr<Object> find_any(ULONG_PTR handle) {
    const std::lock_guard lock(tables().mutex);
    const auto found = tables().objects.find(handle);
    return found == tables().objects.end() ? nullptr : found->second;
}

std::shared_ptr<Object> find(ULONG_PTR handle, Kind kind) {
    auto object = find_any(handle);
    return object && object->kind() == kind ? object : nullptr;
}

ULONG_PTR add(std::shared_ptr<Object> object) {
    const std::lock_guard lock(tables().mutex);
    tables().objects[tables().next] = std::move(object);
    return tables().next++;
}

std::shared_ptr<Object> take(ULONG_PTR handle) {
    const std::lock_guard lock(tables().mutex);
    const auto found = tables().objects.find(handle);
    if (found == tables().objects.end()) return nullptr;
    auto object = std::move(found->second);
    tables().objects.erase(found);
    return object;
}

void remember_buffer(void* buffer, std::shared_ptr<Library> library) {
    if (buffer == nullptr) return;
    const std::lock_guard lock(tables().mutex);
    tables().buffers[buffer] = std::move(library);
}

std::shared_ptr<Library> take_buffer(void* buffer) {
    const std::lock_guard lock(tables().mutex);
    const auto found = tables().buffers.find(buffer);
    if (found == tables().buffers.end()) return nullptr;
    auto library = std::move(found->second);
    tables().buffers.erase(found);
    return library;
}

}  // namespace ncrypt_double
