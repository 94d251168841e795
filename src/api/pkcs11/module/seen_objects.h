// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the sessions with a token have seen of it: the objects of its latest reading. A value; who
// shares it locks it.
#pragma once

#include "api/pkcs11/module/token_objects.h"

namespace cardmux::pkcs11 {

class SeenObjects {
  public:
    /// The objects from now on. Who was told of the card before another wrote to it, and comes
    /// here after that one, does not bring back what was: nothing changes.
    void update(const std::shared_ptr<const token::TokenContents>& contents,
                HandleSource& handles) {
        const bool is_older = contents_ && contents->reading_number < contents_->reading_number;
        if (contents_ == contents || is_older) return;
        objects_ = TokenObjects::make(*contents, objects_.get(), handles);
        contents_ = contents;
    }

    /// Handles of private objects are invalid from now on.
    void rename_private(HandleSource& handles) {
        if (objects_) objects_ = objects_->with_new_private_handles(handles);
    }

    /// Null before the first update.
    const std::shared_ptr<const TokenObjects>& objects() const { return objects_; }

  private:
    std::shared_ptr<const token::TokenContents> contents_;
    std::shared_ptr<const TokenObjects> objects_;
};

}  // namespace cardmux::pkcs11
