// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Keys made on a simulated Yubico card, and taken there from OpenSSL.
#include "api/ksp/ksp_world_test.h"
#include "api/ksp/openssl_key_test.h"

namespace cardmux::ksp {
namespace {

using crypto::Curve;

class NewKeys : public KspTest {
  protected:
    NewKeys() {
        simulation::PivCardOptions options;
        options.provisioned = false;
        options.behavior.yubico = true;
        start(options);
    }
    Outcome<void> log_in() {
        return set_provider_property(*ksp_, provider_, property::pin, utf16_of("123456"), 0);
    }
    Handle planned(const std::string& algorithm, const std::string& name, std::uint32_t spec = 0) {
        return create_key(*ksp_, provider_, {algorithm, name, spec, 0}).value();
    }
    Outcome<void> finalize(Handle handle) {
        return finalize_key(*ksp_, provider_, handle, flag::silent);
    }
    Handle made(const std::string& algorithm, const std::string& name, std::uint32_t spec = 0) {
        const Handle handle = planned(algorithm, name, spec);
        EXPECT_EQ(code(finalize(handle)), status::success) << algorithm << " " << name;
        return handle;
    }
    Handle opened(const std::string& name) {
        const auto handle = open_key(*ksp_, provider_, name, 0, flag::silent);
        EXPECT_TRUE(handle.ok()) << name;
        return handle.ok() ? handle.value() : 0;
    }
    bool is_there(const std::string& name) {
        return open_key(*ksp_, provider_, name, 0, flag::silent).ok();
    }
    /// Signs with the card, verifies with the public key.
    bool signs(Handle handle) {
        const auto found = key(handle);
        const Padding padding = found->algorithm().curve ? nothing() : pkcs1("SHA256");
        const auto signature = sign(*found, padding, Bytes(32, 0x42));
        if (!signature.ok()) return false;
        return verify_signature(*found, padding, Bytes(32, 0x42), signature.value()).ok();
    }
    Outcome<Handle> import(const std::string& type, const Bytes& blob, const std::string& name,
                           std::uint32_t flags = flag::silent, const char* curve_name = "") {
        return import_key(*ksp_, provider_, {0, type, blob, name, flags, curve_name});
    }
    void allow_imports(bool exchange, bool signature, bool ecdh, bool ecdsa) {
        settings_.may_import_exchange_keys = exchange;
        settings_.may_import_signature_keys = signature;
        settings_.may_import_ecdh_keys = ecdh;
        settings_.may_import_ecdsa_keys = ecdsa;
    }
};

// ---- making -------------------------------------------------------------------------------------

TEST_F(NewKeys, nothing_is_written_before_a_key_is_finalized) {
    ASSERT_TRUE(log_in().ok());
    const auto before = apdus();
    const Handle handle = planned("RSA", "mine");
    EXPECT_EQ(apdus(), before);
    EXPECT_FALSE(is_there("mine"));
    ASSERT_EQ(code(finalize(handle)), status::success);
    EXPECT_TRUE(is_there("mine"));
    EXPECT_TRUE(is_there("MINE"));
    EXPECT_TRUE(is_there(R"(\\.\Reader 0\mine)"));
    EXPECT_EQ(property_of(*key(handle), "Name").value(), utf16_of("mine"));
    EXPECT_EQ(property_of(*key(handle), "Length").value(), dword(2048));
    EXPECT_TRUE(signs(handle)) << "the handle means the key that was made";
    EXPECT_TRUE(signs(opened("mine")));
}

TEST_F(NewKeys, go_to_the_first_card_that_takes_them) {
    start(simulation::PivCardOptions{});  // has all its keys, and keeps no names
    simulation::PivCardOptions second;
    second.serial_number = 2;
    second.provisioned = false;
    second.behavior.yubico = true;
    transport_->add_reader("Reader 1");
    transport_->insert("Reader 1", std::move(simulation::SimulatedPivCard::create(second)).value());
    const auto reader_for = [&](const std::string& name) {
        return key(planned("RSA", name))->plan->card.reader;
    };
    for (int i = 0; i < 1000 && reader_for("mine") != "Reader 1"; ++i)
        sleep_for(std::chrono::milliseconds(5));  // another thread watches the readers
    EXPECT_EQ(reader_for("mine"), "Reader 1");
    EXPECT_EQ(reader_for(""), "Reader 1");
    EXPECT_EQ(reader_for(R"(\\.\Reader 0\mine)"), "Reader 0") << "it is told where";
}

TEST_F(NewKeys, of_every_kind_do_what_they_are_for) {
    ASSERT_TRUE(log_in().ok());
    EXPECT_TRUE(signs(made("ECDSA_P256", "p256")));
    EXPECT_TRUE(signs(made("ECDSA_P384", "p384")));
    EXPECT_TRUE(signs(made("RSA", "rsa")));
    const Handle agreeing = made("ECDH_P256", "ecdh");
    EXPECT_EQ(property_of(*key(agreeing), "Algorithm Name").value(), utf16_of("ECDH_P256"));
    EXPECT_TRUE(agree(*ksp_, *key(agreeing), *key(opened("p256")), flag::silent).ok());
    EXPECT_EQ(list_keys(*ksp_, provider_, "", 0).value().keys.size(), 4u);
}

TEST_F(NewKeys, by_a_general_name_have_the_curve_that_is_set) {
    ASSERT_TRUE(log_in().ok());
    const Handle signing = planned("ECDSA", "p384");
    const auto signing_is = [&](const char* property, const Bytes& value) {
        return property_of(*key(signing), property).value() == value;
    };
    EXPECT_TRUE(signing_is("Algorithm Name", utf16_of("ECDSA")));
    EXPECT_TRUE(signing_is("Key Usage", dword(2)));
    for (const char* unknown : {"Length", "ECCCurveName"})
        EXPECT_EQ(code(property_of(*key(signing), unknown)), status::nte_bad_key_state) << unknown;
    const auto set = [&](Handle handle, const Bytes& value) {
        return code(set_key_property(*ksp_, *key(handle), "ECCCurveName", value, 0));
    };
    EXPECT_EQ(code(set_key_property(*ksp_, *key(signing), "Length", dword(384), 0)),
              status::nte_bad_key_state);
    EXPECT_EQ(code(finalize(signing)), status::nte_bad_key_state) << "on which curve?";
    EXPECT_EQ(set(signing, utf16_of("brainpoolP256r1")), status::nte_not_supported);
    EXPECT_EQ(set(signing, utf16_of("nistP521")), status::nte_not_supported);
    EXPECT_EQ(set(signing, Bytes{1}), status::nte_invalid_parameter);
    EXPECT_EQ(set(signing, utf16_of("nistP384")), status::success);
    EXPECT_EQ(set(signing, utf16_of("secP384r1")), status::success) << "the same curve";
    EXPECT_EQ(set(signing, utf16_of("nistP256")), status::nte_invalid_parameter);
    EXPECT_TRUE(signing_is("Algorithm Name", utf16_of("ECDSA_P384")));
    EXPECT_TRUE(signing_is("Length", dword(384)));
    ASSERT_EQ(code(finalize(signing)), status::success);
    EXPECT_TRUE(signing_is("ECCCurveName", utf16_of("nistP384")));
    EXPECT_TRUE(signs(signing));
    EXPECT_EQ(set(signing, utf16_of("nistP384")), status::nte_bad_key_state);

    const Handle agreeing = planned("ECDH", "p256");
    ASSERT_EQ(set(agreeing, utf16_of("x962P256v1")), status::success);
    ASSERT_EQ(code(finalize(agreeing)), status::success);
    EXPECT_EQ(property_of(*key(agreeing), "Algorithm Name").value(), utf16_of("ECDH_P256"));
    EXPECT_TRUE(agree(*ksp_, *key(agreeing), *key(agreeing), flag::silent).ok());

    EXPECT_EQ(set(planned("ECDSA_P256", "other"), utf16_of("nistP384")),
              status::nte_invalid_parameter);
    EXPECT_EQ(set(planned("RSA", "rsa"), utf16_of("nistP256")), status::nte_not_supported);
}

TEST_F(NewKeys, of_a_general_blob_are_imported_with_the_name_of_their_curve) {
    allow_imports(false, false, true, true);
    ASSERT_TRUE(log_in().ok());
    const OpensslKey ec = OpensslKey::ec(Curve::P384);
    constexpr std::uint32_t ecdsa_private = 0x56444345;  // ECDV
    constexpr std::uint32_t ecdh_private = 0x564B4345;   // ECKV
    const Bytes blob = ec.ecc_private_blob(ecdsa_private);
    const auto code_with = [&](const char* curve_name) {
        return code(import("ECCPRIVATEBLOB", blob, "a", flag::silent, curve_name));
    };
    EXPECT_EQ(code_with(""), status::nte_invalid_parameter);
    EXPECT_EQ(code_with("brainpoolP384r1"), status::nte_not_supported);
    EXPECT_EQ(code_with("nistP256"), status::nte_bad_data);
    const auto signing = import("ECCPRIVATEBLOB", blob, "a", flag::silent, "nistP384");
    ASSERT_EQ(code(signing), status::success);
    EXPECT_TRUE(signs(*signing));
    const auto agreeing =
        import("PRIVATEBLOB", ec.ecc_private_blob(ecdh_private), "b", flag::silent, "secP384r1");
    ASSERT_EQ(code(agreeing), status::success);
    EXPECT_EQ(property_of(*key(*agreeing), "Algorithm Name").value(), utf16_of("ECDH_P384"));
}

TEST_F(NewKeys, in_a_place_for_everything_are_still_of_their_algorithm) {
    ASSERT_TRUE(log_in().ok());
    (void)made("ECDSA_P256", "first");
    (void)made("ECDSA_P256", "second");
    const Handle second = opened("second");
    EXPECT_GE(key(second)->container->container.key_reference, 0x82) << "a retired place";
    EXPECT_LE(key(second)->container->container.key_reference, 0x95);
    EXPECT_EQ(property_of(*key(second), "Algorithm Name").value(), utf16_of("ECDSA_P256"));
    EXPECT_EQ(property_of(*key(second), "Key Usage").value(), dword(2 | 4));
    EXPECT_TRUE(signs(second));
    EXPECT_TRUE(agree(*ksp_, *key(second), *key(opened("first")), flag::silent).ok());
}

TEST_F(NewKeys, an_rsa_key_has_the_length_that_was_set) {
    ASSERT_TRUE(log_in().ok());
    const Handle handle = planned("RSA", "long");
    ASSERT_TRUE(set_key_property(*ksp_, *key(handle), "Length", dword(3072), 0).ok());
    ASSERT_EQ(code(finalize(handle)), status::success);
    EXPECT_EQ(property_of(*key(handle), "Length").value(), dword(3072));
}

TEST_F(NewKeys, for_signatures_only_are_of_that_specification) {
    ASSERT_TRUE(log_in().ok());
    (void)made("RSA", "both", 1);
    (void)made("RSA", "signs", 2);
    const auto keys = list_keys(*ksp_, provider_, "", 0).value().keys;
    ASSERT_EQ(keys.size(), 2u);
    for (const ListedKey& listed : keys)
        EXPECT_EQ(listed.legacy_spec, listed.name == "signs" ? 2u : 1u) << listed.name;
    EXPECT_EQ(code(create_key(*ksp_, provider_, {"RSA", "x", 3, 0})),
              status::nte_invalid_parameter);
}

TEST_F(NewKeys, without_a_name_have_the_derived_one) {
    ASSERT_TRUE(log_in().ok());
    const Handle handle = planned("ECDSA_P256", "");
    EXPECT_EQ(code(property_of(*key(handle), "Name")), status::nte_bad_key_state);
    ASSERT_EQ(code(finalize(handle)), status::success);
    const std::string name = list_keys(*ksp_, provider_, "", 0).value().keys.front().name;
    EXPECT_TRUE(name.starts_with("piv-")) << name;
    EXPECT_EQ(property_of(*key(handle), "Name").value(), utf16_of(name));
}

TEST_F(NewKeys, a_derived_name_means_its_place) {
    ASSERT_TRUE(log_in().ok());
    (void)made("ECDSA_P256", "");
    std::string name = list_keys(*ksp_, provider_, "", 0).value().keys.front().name;
    name.replace(4, 2, "9e");
    EXPECT_FALSE(is_there(name));
    (void)made("ECDSA_P256", name);
    EXPECT_TRUE(is_there(name));
    EXPECT_EQ(key(opened(name))->container->container.key_reference, 0x9E);
}

TEST_F(NewKeys, a_name_that_is_taken_is_refused_unless_it_is_overwritten) {
    ASSERT_TRUE(log_in().ok());
    const Handle first = made("ECDSA_P256", "mine");
    EXPECT_EQ(code(create_key(*ksp_, provider_, {"RSA", "Mine", 0, 0})), status::nte_exists);
    const auto second =
        create_key(*ksp_, provider_, {"ECDSA_P384", "mine", 0, flag::overwrite_key});
    ASSERT_TRUE(second.ok());
    EXPECT_TRUE(signs(first)) << "as long as it is not finalized";
    ASSERT_EQ(code(finalize(second.value())), status::success);
    const auto keys = list_keys(*ksp_, provider_, "", 0).value().keys;
    ASSERT_EQ(keys.size(), 1u);
    EXPECT_STREQ(keys.front().algorithm, "ECDSA_P384");
    EXPECT_EQ(keys.front().name, "mine");
    EXPECT_FALSE(signs(first)) << "that key is gone";
}

TEST_F(NewKeys, of_a_derived_name_are_overwritten_in_their_place) {
    ASSERT_TRUE(log_in().ok());
    const Handle first = made("ECDSA_P256", "");
    const std::string name = list_keys(*ksp_, provider_, "", 0).value().keys.front().name;
    const auto second = create_key(*ksp_, provider_, {"ECDSA_P384", name, 0, flag::overwrite_key});
    ASSERT_EQ(code(finalize(second.value())), status::success);
    EXPECT_EQ(property_of(*key(opened(name)), "Length").value(), dword(384));
    EXPECT_EQ(list_keys(*ksp_, provider_, "", 0).value().keys.size(), 1u);
    EXPECT_EQ(property_of(*key(first), "Length").value(), dword(256)) << "what it was";
}

TEST_F(NewKeys, are_made_once) {
    ASSERT_TRUE(log_in().ok());
    const Handle handle = made("ECDSA_P256", "mine");
    EXPECT_EQ(code(finalize(handle)), status::nte_bad_key_state);
    const Handle other = planned("ECDSA_P256", "");
    std::atomic<int> successes = 0;
    std::vector<Thread> threads(4);
    for (Thread& thread : threads) {
        thread.start("test-ksp", [&] {
            if (finalize(other).ok()) ++successes;
        });
    }
    for (Thread& thread : threads) thread.join();
    EXPECT_EQ(successes, 1);
    EXPECT_EQ(list_keys(*ksp_, provider_, "", 0).value().keys.size(), 2u);
}

TEST_F(NewKeys, want_the_pin_and_are_tried_again_with_it) {
    const Handle handle = planned("ECDSA_P256", "mine");
    EXPECT_EQ(code(finalize(handle)), status::nte_silent_context);
    EXPECT_EQ(code(set_key_property(*ksp_, *key(handle), property::pin, utf16_of("999999"), 0)),
              status::scard_w_wrong_chv);
    ASSERT_TRUE(set_key_property(*ksp_, *key(handle), property::pin, utf16_of("123456"), 0).ok());
    EXPECT_EQ(code(finalize(handle)), status::success);
    EXPECT_TRUE(is_there("mine"));
}

TEST_F(NewKeys, are_told_to_who_waits_for_changes) {
    ASSERT_TRUE(log_in().ok());
    std::uint64_t event = 0;
    ASSERT_TRUE(notify_change(*ksp_, provider_, event, 1).ok());
    const Handle handle = made("ECDSA_P256", "mine");
    EXPECT_EQ(events_.signals(event), 1);
    ASSERT_TRUE(delete_key(*ksp_, provider_, handle, flag::silent).ok());
    EXPECT_EQ(events_.signals(event), 2);
}

/// A card of no vendor that we know: its factory's management key is tried by nobody, and it keeps
/// no names.
TEST_F(NewKeys, a_card_whose_management_key_nobody_knows_is_not_written) {
    start(simulation::KeyAlgorithm::Rsa2048);
    ASSERT_TRUE(log_in().ok());
    EXPECT_EQ(code(create_key(*ksp_, provider_, {"RSA", name_of(slot_9a), 0, 0})),
              status::nte_exists);
    EXPECT_EQ(code(delete_key(*ksp_, provider_, open(slot_9a), flag::silent)),
              status::scard_w_security_violation);
    const auto again =
        create_key(*ksp_, provider_, {"RSA", name_of(slot_9a), 0, flag::overwrite_key});
    EXPECT_EQ(code(finalize(again.value())), status::scard_w_security_violation);
    EXPECT_EQ(code(finalize(planned("RSA", "a name"))), status::nte_token_keyset_storage_full);
    EXPECT_EQ(list_keys(*ksp_, provider_, "", 0).value().keys.size(), 4u);
}

TEST_F(NewKeys, that_cannot_be_are_refused_at_once) {
    EXPECT_EQ(code(create_key(*ksp_, provider_, {"DSA", "x", 0, 0})), status::nte_not_supported);
    EXPECT_EQ(code(create_key(*ksp_, provider_, {"RSA", "a\\b", 0, 0})),
              status::nte_invalid_parameter);
}

// ---- certificates, deleting ---------------------------------------------------------------------

/// Signed by a key of its own over the subject's public key, as an authority does.
Bytes certificate_for(const crypto::PublicKey& subject) {
    const Bytes info = crypto::encode_public_key_info(subject).value();
    const unsigned char* at = info.data();
    EVP_PKEY* public_key = d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size()));
    const OpensslKey authority = OpensslKey::ec(Curve::P256);
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, public_key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("Subject"), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_sign(certificate, authority.get(), EVP_sha256());
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    X509_free(certificate);
    EVP_PKEY_free(public_key);
    return bytes;
}

TEST_F(NewKeys, take_their_certificate_and_no_others) {
    ASSERT_TRUE(log_in().ok());
    const Handle handle = made("ECDSA_P384", "mine");
    const Handle other = made("ECDSA_P256", "other");
    const Bytes certificate = certificate_for(*key(handle)->public_key);
    const auto set = [&](Handle to, const Bytes& der) {
        return code(set_key_property(*ksp_, *key(to), "SmartCardKeyCertificate", der, 0));
    };
    EXPECT_EQ(set(other, certificate), status::nte_bad_data);
    EXPECT_EQ(set(handle, Bytes(20)), status::nte_bad_data);
    EXPECT_EQ(code(property_of(*key(handle), "SmartCardKeyCertificate")), status::nte_not_found);
    ASSERT_EQ(set(handle, certificate), status::success);
    EXPECT_EQ(property_of(*key(handle), "SmartCardKeyCertificate").value(), certificate)
        << "by the handle that was there before";
    EXPECT_EQ(property_of(*key(opened("mine")), "SmartCardKeyCertificate").value(), certificate);
    ASSERT_EQ(set(handle, {}), status::success);
    EXPECT_EQ(code(property_of(*key(handle), "SmartCardKeyCertificate")), status::nte_not_found);
    EXPECT_TRUE(signs(handle));
}

TEST_F(NewKeys, that_are_deleted_take_their_handle_with_them) {
    ASSERT_TRUE(log_in().ok());
    const Handle handle = made("ECDSA_P256", "mine");
    const Handle second = opened("mine");
    ASSERT_EQ(code(delete_key(*ksp_, provider_, handle, flag::silent)), status::success);
    EXPECT_FALSE(is_there("mine"));
    EXPECT_EQ(code(delete_key(*ksp_, provider_, handle, flag::silent)), status::nte_invalid_handle);
    EXPECT_EQ(code(delete_key(*ksp_, provider_, second, flag::silent)), status::nte_bad_keyset);
    EXPECT_TRUE(ksp_->free_key(provider_, second).ok()) << "the handle stays";
}

TEST_F(NewKeys, another_key_in_the_place_of_one_is_not_deleted_for_it) {
    ASSERT_TRUE(log_in().ok());
    const Handle old = made("ECDSA_P256", "mine");
    const auto again = create_key(*ksp_, provider_, {"ECDSA_P256", "mine", 0, flag::overwrite_key});
    ASSERT_EQ(code(finalize(again.value())), status::success);
    EXPECT_EQ(code(delete_key(*ksp_, provider_, old, flag::silent)), status::nte_bad_keyset);
    EXPECT_EQ(code(set_key_property(*ksp_, *key(old), "SmartCardKeyCertificate", {}, 0)),
              status::nte_bad_keyset);
    EXPECT_TRUE(is_there("mine"));
}

TEST_F(NewKeys, are_not_deleted_without_the_pin_or_on_the_wrong_handle) {
    ASSERT_TRUE(log_in().ok());
    const Handle handle = made("ECDSA_P256", "mine");
    ASSERT_TRUE(set_provider_property(*ksp_, provider_, property::pin, {}, 0).ok()) << "logged out";
    EXPECT_EQ(code(delete_key(*ksp_, provider_, handle, flag::silent)), status::nte_silent_context);
    EXPECT_EQ(code(delete_key(*ksp_, provider_, handle, flag::overwrite_key)),
              status::nte_bad_flags);
    EXPECT_TRUE(is_there("mine"));
}

// ---- importing ----------------------------------------------------------------------------------

TEST_F(NewKeys, are_taken_from_every_form_of_blob) {
    ASSERT_TRUE(log_in().ok());
    allow_imports(true, true, true, true);
    const OpensslKey rsa = OpensslKey::rsa(2048);
    const OpensslKey p256 = OpensslKey::ec(Curve::P256);
    const std::vector<std::tuple<const char*, Bytes, std::string>> forms = {
        {"RSAPRIVATEBLOB", rsa.rsa_private_blob(false), "RSA"},
        {"RSAFULLPRIVATEBLOB", rsa.rsa_private_blob(true), "RSA"},
        {"PKCS8_PRIVATEKEY", rsa.pkcs8(), "RSA"},
        {"CAPIPRIVATEBLOB", rsa.capi_private_blob(), "RSA"},
        {"ECCPRIVATEBLOB", p256.ecc_private_blob(0x32534345), "ECDSA_P256"},
        {"PKCS8_PRIVATEKEY", p256.pkcs8(), "ECDSA_P256"}};
    for (const auto& [type, blob, algorithm] : forms) {
        const auto handle = import(type, blob, "imported", flag::silent | flag::overwrite_key);
        ASSERT_EQ(code(handle), status::success) << type;
        EXPECT_EQ(property_of(*key(handle.value()), "Algorithm Name").value(), utf16_of(algorithm));
        EXPECT_TRUE(signs(handle.value())) << type;
        const auto* key_on_card = &*key(opened("imported"))->public_key;
        if (const auto* modulus = std::get_if<crypto::RsaPublicKey>(key_on_card)) {
            EXPECT_EQ(modulus->modulus, rsa.n());
        } else {
            EXPECT_EQ(std::get<crypto::EcPublicKey>(*key_on_card).point, p256.point());
        }
    }
    EXPECT_EQ(list_keys(*ksp_, provider_, "", 0).value().keys.size(), 1u)
        << "each in place of the last";
}

TEST_F(NewKeys, are_imported_as_far_as_the_registry_allows) {
    ASSERT_TRUE(log_in().ok());
    const Bytes rsa = OpensslKey::rsa(2048).pkcs8();
    const Bytes ecdsa = OpensslKey::ec(Curve::P256).ecc_private_blob(0x32534345);
    const Bytes ecdh = OpensslKey::ec(Curve::P256).ecc_private_blob(0x324B4345);
    int number = 0;
    const auto verdicts = [&] {
        const std::string name = std::to_string(++number);
        std::vector<Status> codes = {code(import("PKCS8_PRIVATEKEY", rsa, "rsa" + name)),
                                     code(import("ECCPRIVATEBLOB", ecdsa, "ecdsa" + name)),
                                     code(import("ECCPRIVATEBLOB", ecdh, "ecdh" + name))};
        return codes;
    };
    const Status no = status::nte_perm;
    EXPECT_EQ(verdicts(), (std::vector<Status>{no, no, no}));
    allow_imports(false, true, false, false);
    EXPECT_EQ(verdicts(), (std::vector<Status>{0, no, no}));
    EXPECT_EQ(key(opened("rsa2"))->container->container.key_spec, container::KeySpec::Signature);
    allow_imports(false, false, false, true);
    EXPECT_EQ(verdicts(), (std::vector<Status>{no, 0, no}));
    allow_imports(false, false, true, false);
    EXPECT_EQ(verdicts(), (std::vector<Status>{no, no, 0}));
    settings_.on_card_generation_only = true;
    allow_imports(true, true, true, true);
    EXPECT_EQ(verdicts(), (std::vector<Status>{no, no, no}));
}

TEST_F(NewKeys, an_import_may_wait_for_its_properties) {
    ASSERT_TRUE(log_in().ok());
    allow_imports(true, false, false, false);
    const Bytes rsa = OpensslKey::rsa(2048).pkcs8();
    const auto handle =
        import("PKCS8_PRIVATEKEY", rsa, "later", flag::silent | flag::do_not_finalize);
    ASSERT_EQ(code(handle), status::success);
    EXPECT_FALSE(is_there("later"));
    const auto waiting = key(handle.value());
    EXPECT_EQ(property_of(*waiting, "Length").value(), dword(2048));
    EXPECT_EQ(code(set_key_property(*ksp_, *waiting, "Length", dword(1024), 0)),
              status::nte_bad_key_state);
    ASSERT_TRUE(set_key_property(*ksp_, *waiting, "Key Usage", dword(2), 0).ok());
    EXPECT_EQ(code(finalize(handle.value())), status::nte_perm) << "a signature key now";
    ASSERT_TRUE(set_key_property(*ksp_, *waiting, "Key Usage", dword(3), 0).ok());
    EXPECT_EQ(code(finalize(handle.value())), status::success);
    EXPECT_TRUE(signs(opened("later")));
}

TEST_F(NewKeys, an_import_that_fails_leaves_no_handle_and_no_key) {
    allow_imports(true, true, true, true);
    const Bytes rsa = OpensslKey::rsa(2048).pkcs8();
    EXPECT_EQ(code(import("PKCS8_PRIVATEKEY", rsa, "a")), status::nte_silent_context);
    EXPECT_EQ(code(import("PKCS8_PRIVATEKEY", Bytes(5), "a")), status::nte_bad_data);
    EXPECT_EQ(code(import("PKCS8_PRIVATEKEY", rsa, "a\\b")), status::nte_invalid_parameter);
    ASSERT_TRUE(log_in().ok());
    EXPECT_TRUE(list_keys(*ksp_, provider_, "", 0).value().keys.empty());
}

}  // namespace
}  // namespace cardmux::ksp
