// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The whole translation table as a document, docs/errors.md. The file is compared; to write it
// anew, run this test with CARDMUX_WRITE_DOCS=1.
#include "api/pkcs11/error_to_ckr.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace cardmux::pkcs11 {
namespace {

constexpr auto last_code = ErrorCode::Internal;
constexpr std::array situations = {Situation::Slot, Situation::Session, Situation::Signature,
                                   Situation::Decryption, Situation::Creation};

std::string table() {
    std::ostringstream text;
    text << "# Errors, and what each interface makes of them\n\n"
            "Written by `src/api/pkcs11/error_to_ckr_test.cpp` from the code; a test compares.\n\n"
            "PKCS #11 has different codes for the same event, by the kind of function that meets "
            "it:\n"
            "functions of slots, of sessions, and of these the ones that sign, decrypt or make "
            "objects."
            "\n\n"
            "| error | slot | session | signature | decryption | creation | what to do |\n"
            "|---|---|---|---|---|---|---|\n";
    for (unsigned i = 0; i <= static_cast<unsigned>(last_code); ++i) {
        const auto code = static_cast<ErrorCode>(i);
        text << "| " << name_of(code);
        for (const Situation s : situations) {
            text << " | " << name_of_ckr(to_ckr(code, s));
        }
        text << " | " << advice_for(code) << " |\n";
    }
    return text.str();
}

TEST(ErrorToCkr, table_in_docs_is_what_the_code_does) {
    const std::string path = std::string(CARDMUX_SOURCE_DIR) + "/docs/errors.md";
    if (std::getenv("CARDMUX_WRITE_DOCS") != nullptr) std::ofstream(path) << table();
    std::ifstream file(path);
    std::stringstream written;
    written << file.rdbuf();
    EXPECT_EQ(written.str(), table())
        << "run this test with CARDMUX_WRITE_DOCS=1 and read the difference";
}

TEST(ErrorToCkr, gives_every_error_a_code_with_a_name) {
    for (unsigned i = 0; i <= static_cast<unsigned>(last_code); ++i) {
        for (const Situation s : situations) {
            const CK_RV code = to_ckr(static_cast<ErrorCode>(i), s);
            EXPECT_NE(code, CKR_OK) << i;
            EXPECT_STRNE(name_of_ckr(code), "CKR_?") << i;
        }
    }
}

/// PKCS #11 v3.0, sections 5.7.1, 5.7.7, 5.10.2, 5.13.2 and 5.18.2, name all that these functions
/// may return.
TEST(ErrorToCkr, gives_functions_no_code_that_the_standard_has_not_for_them) {
    for (unsigned i = 0; i <= static_cast<unsigned>(last_code); ++i) {
        const auto error = static_cast<ErrorCode>(i);
        for (const Situation s : {Situation::Session, Situation::Signature, Situation::Decryption,
                                  Situation::Creation}) {
            EXPECT_NE(to_ckr(error, s), CKR_TOKEN_NOT_PRESENT) << name_of(error);
            EXPECT_NE(to_ckr(error, s), CKR_TOKEN_NOT_RECOGNIZED) << name_of(error);
        }
        for (const Situation s : {Situation::Signature, Situation::Decryption}) {
            for (const CK_RV other : {CKR_PIN_INCORRECT, CKR_PIN_LOCKED, CKR_KEY_HANDLE_INVALID,
                                      CKR_OBJECT_HANDLE_INVALID}) {
                EXPECT_NE(to_ckr(error, s), other) << name_of(error);
            }
        }
        for (const CK_RV other : {CKR_DATA_INVALID, CKR_DATA_LEN_RANGE, CKR_KEY_HANDLE_INVALID,
                                  CKR_OBJECT_HANDLE_INVALID, CKR_PIN_INCORRECT, CKR_PIN_LOCKED}) {
            EXPECT_NE(to_ckr(error, Situation::Creation), other) << name_of(error);
        }
    }
}

}  // namespace
}  // namespace cardmux::pkcs11
