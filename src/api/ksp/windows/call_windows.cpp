// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/windows/call_windows.h"

#include "base/wide_text_windows.h"

namespace cardmux::ksp {

Outcome<void> need(const void* pointer) {
    return pointer != nullptr ? done() : Outcome<void>(refuse(status::nte_invalid_parameter));
}

std::string text_of(LPCWSTR text) {
    return text == nullptr ? std::string() : from_wide(text);
}

Outcome<ByteView> input(const BYTE* bytes, DWORD size) {
    if (bytes == nullptr && size != 0) return refuse(status::nte_invalid_parameter);
    return ByteView(bytes, size);
}

Padding padding_of(const VOID* info, DWORD flags) {
    Padding padding;
    padding.flags = flags;
    padding.is_given = info != nullptr;
    if (info == nullptr) return padding;
    if ((flags & flag::pad_pkcs1) != 0) {
        padding.hash_name = text_of(static_cast<const BCRYPT_PKCS1_PADDING_INFO*>(info)->pszAlgId);
    } else if ((flags & flag::pad_pss) != 0) {
        const auto* pss = static_cast<const BCRYPT_PSS_PADDING_INFO*>(info);
        padding.hash_name = text_of(pss->pszAlgId);
        padding.salt_size = pss->cbSalt;
    } else if ((flags & flag::pad_oaep) != 0) {
        const auto* oaep = static_cast<const BCRYPT_OAEP_PADDING_INFO*>(info);
        padding.hash_name = text_of(oaep->pszAlgId);
        if (oaep->pbLabel != nullptr)
            padding.label = to_bytes(ByteView(oaep->pbLabel, oaep->cbLabel));
    }
    return padding;
}

Outcome<std::vector<KdfParameter>> parameters_of(const NCryptBufferDesc* list) {
    std::vector<KdfParameter> parameters;
    if (list == nullptr) return parameters;
    const bool is_readable = list->cBuffers == 0 || list->pBuffers != nullptr;
    if (list->ulVersion != 0 || !is_readable) return refuse(status::nte_invalid_parameter);
    for (ULONG i = 0; i < list->cBuffers; ++i) {
        const NCryptBuffer& buffer = list->pBuffers[i];
        CARDMUX_TRY_ASSIGN(const ByteView value,
                           input(static_cast<const BYTE*>(buffer.pvBuffer), buffer.cbBuffer));
        parameters.push_back({static_cast<std::uint32_t>(buffer.BufferType), to_bytes(value)});
    }
    return parameters;
}

}  // namespace cardmux::ksp
