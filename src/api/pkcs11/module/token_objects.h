// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a card holds, as PKCS #11 objects: each certificate, and for each key a public and a private
// one, linked by CKA_ID. Values only: no card is asked.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "api/pkcs11/module/handle_source.h"
#include "api/pkcs11/module/object_attributes.h"
#include "drivers/card_driver.h"
#include "token/token.h"

namespace cardmux::pkcs11 {

struct Object {
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    CK_OBJECT_CLASS object_class = CKO_DATA;
    bool is_private = false;         ///< shown to those who have logged in only
    std::uint8_t key_reference = 0;  ///< its place on the card
    ObjectAttributes attributes;
    std::optional<drivers::CardKey> key;  ///< of key objects
};

/// The objects of one token at one time. Never changes; a newer one replaces it.
class TokenObjects {
  public:
    /// Objects that are the same as in `before` keep their handles; the others get new ones. A key
    /// stays the same when it gets another certificate, and with it another CKA_SUBJECT.
    static std::shared_ptr<const TokenObjects> make(const token::TokenContents& contents,
                                                    const TokenObjects* before,
                                                    HandleSource& handles);

    /// The same objects, with new handles for the private ones (the standard, after C_Logout).
    std::shared_ptr<const TokenObjects> with_new_private_handles(HandleSource& handles) const;

    /// Null if there is no such object.
    std::shared_ptr<const Object> find(CK_OBJECT_CLASS object_class, std::uint8_t place) const;
    /// Null if there is no such object.
    std::shared_ptr<const Object> find(CK_OBJECT_HANDLE handle) const;

    const std::vector<std::shared_ptr<const Object>>& all() const { return objects_; }

  private:
    std::vector<std::shared_ptr<const Object>> objects_;
};

}  // namespace cardmux::pkcs11
