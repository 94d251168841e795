// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The module with a card that can be written: empty, with the factory's management key, as a new
// YubiKey is.
#pragma once

#include <unistd.h>

#include <cstdlib>

#include "module_under_test.h"

namespace conformance {

inline const Bytes p256_parameters = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
inline const Bytes p384_parameters = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};

/// A template that owns its values.
class Template {
  public:
    Template& set(CK_ATTRIBUTE_TYPE type, Bytes value) {
        for (auto& [known, old] : values_) {
            if (known == type) {
                old = std::move(value);
                return *this;
            }
        }
        values_.emplace_back(type, std::move(value));
        return *this;
    }
    Template& flag(CK_ATTRIBUTE_TYPE type, bool value = true) {
        return set(type, {static_cast<CK_BYTE>(value ? CK_TRUE : CK_FALSE)});
    }
    Template& number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
        const auto* raw = reinterpret_cast<const CK_BYTE*>(&value);
        return set(type, Bytes(raw, raw + sizeof(value)));
    }
    Template& without(CK_ATTRIBUTE_TYPE type) {
        std::erase_if(values_, [&](const auto& row) { return row.first == type; });
        return *this;
    }
    /// Whether or not it is there already.
    Template& again(CK_ATTRIBUTE_TYPE type, Bytes value) {
        values_.emplace_back(type, std::move(value));
        return *this;
    }
    /// Valid until the template changes.
    std::vector<CK_ATTRIBUTE> list() {
        std::vector<CK_ATTRIBUTE> list;
        for (auto& [type, value] : values_) list.push_back({type, value.data(), value.size()});
        return list;
    }

  private:
    std::vector<std::pair<CK_ATTRIBUTE_TYPE, Bytes>> values_;
};

struct KeyPair {
    CK_OBJECT_HANDLE public_key = CK_INVALID_HANDLE;
    CK_OBJECT_HANDLE private_key = CK_INVALID_HANDLE;
};

class WritingTest : public ModuleTest {
  protected:
    void SetUp() override { use("instant,cards=1,empty,yubico"); }
    void TearDown() override {
        ModuleTest::TearDown();
        unsetenv("CARDMUX_SIMULATE");
        unsetenv("CARDMUX_MANAGEMENT_KEY_FILE");
        if (!key_file_.empty()) unlink(key_file_.c_str());
    }
    /// Another card: words of docs/simulation.md.
    void use(const char* words) {
        if (initialized_) ModuleTest::TearDown();
        initialized_ = true;
        setenv("CARDMUX_SIMULATE", words, 1);
        ModuleTest::SetUp();
    }

    /// The factory's management key, in a file as the settings want it; before use().
    void name_management_key() {
        key_file_ = testing::TempDir() + "cardmux-management-XXXXXX";
        const int file = mkstemp(key_file_.data());
        const std::string key = "010203040506070801020304050607080102030405060708";
        ASSERT_EQ(write(file, key.data(), key.size()), static_cast<ssize_t>(key.size()));
        close(file);
        setenv("CARDMUX_MANAGEMENT_KEY_FILE", key_file_.c_str(), 1);
    }

    CK_SESSION_HANDLE open_for_writing() { return open(CKF_SERIAL_SESSION | CKF_RW_SESSION); }
    CK_SESSION_HANDLE open_as_writer() {
        const CK_SESSION_HANDLE session = open_for_writing();
        EXPECT_EQ(log_in(session), CKR_OK);
        return session;
    }

    static Template rsa_public(CK_ULONG bits = 2048) {
        return Template().flag(CKA_TOKEN).number(CKA_MODULUS_BITS, bits);
    }
    static Template ec_public(const Bytes& curve = p256_parameters) {
        return Template().flag(CKA_TOKEN).set(CKA_EC_PARAMS, curve);
    }
    static Template private_in(CK_BYTE id) { return Template().flag(CKA_TOKEN).set(CKA_ID, {id}); }

    CK_RV generate(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type, Template of_public,
                   Template of_private, KeyPair& made) {
        CK_MECHANISM mechanism{type, nullptr, 0};
        auto publics = of_public.list();
        auto privates = of_private.list();
        return p11.C_GenerateKeyPair(session, &mechanism, publics.data(), publics.size(),
                                     privates.data(), privates.size(), &made.public_key,
                                     &made.private_key);
    }
    CK_RV generate_rsa(CK_SESSION_HANDLE session, Template of_public, Template of_private) {
        KeyPair made;
        return generate(session, CKM_RSA_PKCS_KEY_PAIR_GEN, of_public, of_private, made);
    }
    CK_RV generate_ec(CK_SESSION_HANDLE session, Template of_public, Template of_private) {
        KeyPair made;
        return generate(session, CKM_EC_KEY_PAIR_GEN, of_public, of_private, made);
    }
    /// A P-256 key in this place.
    KeyPair make_key(CK_SESSION_HANDLE session, CK_BYTE id) {
        KeyPair made;
        EXPECT_EQ(generate(session, CKM_EC_KEY_PAIR_GEN, ec_public(), private_in(id), made),
                  CKR_OK);
        return made;
    }
    CK_RV create(CK_SESSION_HANDLE session, Template object, CK_OBJECT_HANDLE& made) {
        auto attributes = object.list();
        return p11.C_CreateObject(session, attributes.data(), attributes.size(), &made);
    }
    CK_RV create(CK_SESSION_HANDLE session, Template object) {
        CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
        return create(session, object, made);
    }
    CK_RV sign_with(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key,
                    Bytes& signature) {
        const CK_RV code = sign_init(session, type, key);
        return code == CKR_OK ? sign(session, bytes("to be signed"), signature) : code;
    }

  private:
    bool initialized_ = false;
    std::string key_file_;
};

}  // namespace conformance
