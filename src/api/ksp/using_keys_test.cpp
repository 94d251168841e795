// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/using_keys.h"

#include <atomic>

#include "api/ksp/ksp_world_test.h"
#include "crypto/hash.h"
#include "crypto/rsa_padding.h"

namespace cardmux::ksp {
namespace {

using UsingKeys = KspTest;

Bytes digest(const std::string& name) {
    return crypto::hash(*find_hash(name), bytes_of("a document")).value_or({});
}

TEST_F(UsingKeys, rsa_signs_with_every_padding_and_the_signature_verifies) {
    ASSERT_TRUE(give("123456").ok());
    const auto rsa = key_in(slot_9a);
    for (const char* hash : {"SHA1", "SHA256", "SHA384", "SHA512"}) {
        for (const Padding& padding : {pkcs1(hash), pss(hash, 20), pss(hash, 0)}) {
            const auto signature = sign(*rsa, padding, digest(hash));
            ASSERT_TRUE(signature.ok()) << hash;
            EXPECT_EQ(signature->size(), 256u);
            EXPECT_TRUE(verify_signature(*rsa, padding, digest(hash), *signature).ok()) << hash;
            Bytes other = digest(hash);
            other[0] ^= 1;
            EXPECT_EQ(code(verify_signature(*rsa, padding, other, *signature)),
                      status::nte_bad_signature);
        }
    }
    const Bytes joined(36, 0x42);  // MD5 and SHA-1, as old TLS signs them
    const auto signature = sign(*rsa, pkcs1(""), joined);
    ASSERT_TRUE(signature.ok());
    EXPECT_TRUE(verify_signature(*rsa, pkcs1(""), joined, *signature).ok());
}

Padding with_optional_oid(Padding padding) {
    padding.flags |= flag::optional_hash_oid;
    return padding;
}

TEST_F(UsingKeys, an_md5_hash_that_a_program_brings_is_signed_with_its_name) {
    ASSERT_TRUE(give("123456").ok());
    const auto rsa = key_in(slot_9a);
    const Bytes hash(16, 0x42);
    const auto signature = sign(*rsa, pkcs1("MD5"), hash);
    ASSERT_TRUE(signature.ok());
    EXPECT_TRUE(verify_signature(*rsa, pkcs1("MD5"), hash, *signature).ok());
    EXPECT_TRUE(verify_signature(*rsa, pkcs1(""), *crypto::md5_digest_info(hash), *signature).ok());
    EXPECT_EQ(code(verify_signature(*rsa, pkcs1("MD5"), Bytes(16), *signature)),
              status::nte_bad_signature);
}

TEST_F(UsingKeys, a_signature_without_the_hash_s_name_verifies_if_the_caller_says_so) {
    ASSERT_TRUE(give("123456").ok());
    const auto rsa = key_in(slot_9a);
    const std::pair<std::string, Bytes> hashes[] = {{"SHA256", digest("SHA256")},
                                                    {"MD5", Bytes(16, 0x42)}};
    for (const auto& [name, hash] : hashes) {
        using crypto::DigestParameters;
        const bool is_md5 = name == "MD5";
        const auto info = [&, &hash = hash](DigestParameters parameters) {
            return is_md5 ? *crypto::md5_digest_info(hash, parameters)
                          : *crypto::digest_info(*find_hash("SHA256"), hash, parameters);
        };
        const Padding usual = pkcs1(name);
        const Padding optional = with_optional_oid(usual);
        const Bytes whole = sign(*rsa, usual, hash).value();
        const Bytes brief = sign(*rsa, pkcs1(""), info(DigestParameters::Absent)).value();
        const Bytes bare = sign(*rsa, pkcs1(""), hash).value();
        EXPECT_EQ(whole, sign(*rsa, pkcs1(""), info(DigestParameters::Null)).value());
        for (const Bytes& signature : {whole, brief, bare}) {
            EXPECT_TRUE(verify_signature(*rsa, optional, hash, signature).ok()) << name;
            EXPECT_EQ(code(verify_signature(*rsa, optional, Bytes(hash.size()), signature)),
                      status::nte_bad_signature);
        }
        for (const Bytes& signature : {brief, bare})
            EXPECT_EQ(code(verify_signature(*rsa, usual, hash, signature)),
                      status::nte_bad_signature);
    }
    const Bytes hash = digest("SHA256");
    const auto refused = [&](const Padding& padding) {
        return code(verify_signature(*rsa, padding, hash, Bytes(256)));
    };
    EXPECT_EQ(refused(with_optional_oid(pss("SHA256", 32))), status::nte_bad_flags);
    EXPECT_EQ(refused({flag::optional_hash_oid, true, "SHA256", 0, {}}), status::nte_bad_flags);
    EXPECT_EQ(code(verify_signature(*key_in(slot_9c), with_optional_oid(nothing()), hash, hash)),
              status::nte_bad_flags);
}

TEST_F(UsingKeys, ecdsa_signs_and_the_signature_verifies) {
    ASSERT_TRUE(give("123456").ok());
    const auto elliptic = key_in(slot_9c);
    const auto bytes = sign(*elliptic, nothing(), digest("SHA512"));
    ASSERT_TRUE(bytes.ok());
    EXPECT_EQ(bytes->size(), 64u);
    EXPECT_TRUE(verify_signature(*elliptic, nothing(), digest("SHA512"), *bytes).ok());
    EXPECT_EQ(code(verify_signature(*elliptic, nothing(), digest("SHA256"), *bytes)),
              status::nte_bad_signature);
}

TEST_F(UsingKeys, asking_for_the_size_costs_no_apdu_and_no_pin) {
    const auto rsa = key_in(slot_9a);
    const auto before = apdus();
    Output query{{}, true};
    ASSERT_TRUE(sign_hash(*ksp_, *rsa, pkcs1("SHA256"), digest("SHA256"), query).ok());
    EXPECT_EQ(query.size, 256u);
    Output without_hash{{}, true};
    ASSERT_TRUE(sign_hash(*ksp_, *rsa, pkcs1("SHA256"), {}, without_hash).ok());
    EXPECT_EQ(without_hash.size, 256u);
    Bytes room(256);
    Output buffer{room, false};
    EXPECT_EQ(code(sign_hash(*ksp_, *rsa, pkcs1("SHA256"), {}, buffer)),
              status::nte_invalid_parameter)
        << "there is nothing to sign";
    Output query_decryption{{}, true};
    ASSERT_TRUE(decrypt(*ksp_, *rsa, oaep("SHA1"), {}, query_decryption).ok());
    EXPECT_EQ(query_decryption.size, 256u);
    Bytes small(255);
    Output too_small{small, false};
    EXPECT_EQ(code(sign_hash(*ksp_, *rsa, pkcs1("SHA256"), digest("SHA256"), too_small)),
              status::nte_buffer_too_small);
    EXPECT_EQ(too_small.size, 256u);
    EXPECT_EQ(apdus(), before);
}

TEST_F(UsingKeys, padding_that_is_wrong_is_told_apart) {
    const auto rsa = key_in(slot_9a);
    const Bytes hash = digest("SHA256");
    EXPECT_EQ(code(sign(*rsa, {0, false, "", 0, {}}, hash)), status::nte_invalid_parameter);
    EXPECT_EQ(code(sign(*rsa, {0, true, "SHA256", 0, {}}, hash)), status::nte_bad_flags);
    EXPECT_EQ(code(sign(*rsa, {flag::pad_pkcs1 | flag::pad_pss, true, "SHA256", 0, {}}, hash)),
              status::nte_bad_flags);
    EXPECT_EQ(code(sign(*rsa, {flag::pad_oaep, true, "SHA256", 0, {}}, hash)),
              status::nte_bad_flags);
    EXPECT_EQ(code(sign(*rsa, {flag::pad_pkcs1, false, "", 0, {}}, hash)),
              status::nte_invalid_parameter);
    EXPECT_EQ(code(sign(*rsa, pkcs1("SHA1"), hash)), status::nte_invalid_parameter);
    EXPECT_EQ(code(sign(*rsa, pss("SHA1", 20), hash)), status::nte_invalid_parameter);
    EXPECT_EQ(code(sign(*rsa, pkcs1("MD5"), hash)), status::nte_invalid_parameter);
    EXPECT_EQ(code(sign(*rsa, pkcs1("MD4"), hash)), status::nte_not_supported);
    EXPECT_EQ(code(sign(*rsa, pss("MD5", 16), Bytes(16))), status::nte_not_supported);
    EXPECT_EQ(code(sign(*rsa, with_optional_oid(pkcs1("SHA256")), hash)), status::nte_bad_flags);
    EXPECT_EQ(code(sign(*key_in(slot_9c), pkcs1("SHA256"), hash)), status::nte_bad_flags);
    EXPECT_EQ(code(sign(*rsa, pkcs1("SHA256"), {})), status::nte_invalid_parameter);
}

TEST_F(UsingKeys, the_pin_is_wanted_and_its_faults_have_their_codes) {
    const auto rsa = key_in(slot_9a);
    EXPECT_EQ(code(sign(*rsa, pkcs1("SHA256"), digest("SHA256"))), status::nte_silent_context);
    EXPECT_EQ(code(give("999999")), status::scard_w_wrong_chv);
    EXPECT_EQ(card_->pin_tries_left(), 2);
    EXPECT_EQ(code(give("123456\xC3\xA4")), status::scard_e_invalid_chv);
    EXPECT_EQ(card_->pin_tries_left(), 2);
    ASSERT_TRUE(give("123456").ok());
    EXPECT_TRUE(sign(*rsa, pkcs1("SHA256"), digest("SHA256")).ok());
    domain_ = 2;  // another logon
    EXPECT_EQ(code(sign(*rsa, pkcs1("SHA256"), digest("SHA256"))), status::nte_silent_context);
    domain_ = 1;
    ASSERT_TRUE(give("").ok());  // taken back
    EXPECT_EQ(code(sign(*rsa, pkcs1("SHA256"), digest("SHA256"))), status::nte_silent_context);
}

TEST_F(UsingKeys, a_pin_set_on_the_provider_counts_for_its_keys) {
    ASSERT_TRUE(set_provider_property(*ksp_, provider_, property::pin, utf16_of("123456"), 0).ok());
    EXPECT_TRUE(sign(*key_in(slot_9a), pkcs1("SHA256"), digest("SHA256")).ok());
}

TEST_F(UsingKeys, what_was_encrypted_is_decrypted_in_place) {
    ASSERT_TRUE(give("123456").ok());
    const auto rsa = key_in(slot_9d);
    const Bytes message = to_bytes(bytes_of("a session key"));
    const Padding plain{flag::pad_pkcs1, false, "", 0, {}};
    for (const Padding& padding :
         {plain, oaep("SHA1"), oaep("SHA256", to_bytes(bytes_of("label")))}) {
        Bytes bytes(256);
        Output encrypted{bytes, false};
        ASSERT_TRUE(encrypt(*ksp_, *rsa, padding, message, encrypted).ok());
        Output decrypted{bytes, false};
        ASSERT_TRUE(decrypt(*ksp_, *rsa, padding, bytes, decrypted).ok());
        EXPECT_TRUE(equal(ByteView(bytes).first(decrypted.size), message));
    }
    Bytes wrong(256, 0x01);
    Output output{wrong, false};
    EXPECT_EQ(code(decrypt(*ksp_, *rsa, oaep("SHA1"), wrong, output)), status::nte_bad_data);
}

TEST_F(UsingKeys, raw_decryption_undoes_raw_encryption) {
    ASSERT_TRUE(give("123456").ok());
    const auto rsa = key_in(slot_9d);
    Bytes block(256, 0x5A);
    block[0] = 0;
    const Padding raw{flag::no_padding, false, "", 0, {}};
    Bytes bytes(256);
    Output encrypted{bytes, false};
    ASSERT_TRUE(encrypt(*ksp_, *rsa, raw, block, encrypted).ok());
    EXPECT_NE(bytes, block);
    Output decrypted{bytes, false};
    ASSERT_TRUE(decrypt(*ksp_, *rsa, raw, bytes, decrypted).ok());
    EXPECT_EQ(bytes, block);
}

TEST_F(UsingKeys, a_key_is_used_for_what_it_is_for) {
    ASSERT_TRUE(give("123456").ok());
    EXPECT_EQ(code(sign(*key_in(slot_9d), pkcs1("SHA256"), digest("SHA256"))), status::nte_perm);
    Bytes bytes(256, 1);
    Output output{bytes, false};
    EXPECT_EQ(code(decrypt(*ksp_, *key_in(slot_9c), oaep("SHA1"), bytes, output)),
              status::nte_not_supported);
    EXPECT_EQ(code(agree(*ksp_, *key_in(slot_9d), *key_in(slot_9d), 0)), status::nte_not_supported);
}

TEST_F(UsingKeys, two_cards_agree_on_a_secret_through_exported_and_imported_keys) {
    start(simulation::KeyAlgorithm::P256);
    ASSERT_TRUE(give("123456").ok());
    const auto ours = key_in(slot_9d);
    // The peer: the 9A key of the same card, as a public key that travelled in a blob.
    Bytes blob(200);
    Output exported{blob, false};
    ASSERT_TRUE(export_key(*key_in(slot_9a), 0, "ECCPUBLICBLOB", exported, 0).ok());
    Import import;
    import.type = "ECCPUBLICBLOB";
    import.blob = ByteView(blob).first(exported.size);
    const auto peer = import_key(*ksp_, provider_, import);
    ASSERT_TRUE(peer.ok());
    const auto secret = agree(*ksp_, *ours, *key(*peer), flag::silent);
    ASSERT_TRUE(secret.ok());
    Bytes bytes(32);
    Output raw{bytes, false};
    ASSERT_TRUE(
        derive(*ksp_->find_secret(provider_, *secret).value(), "TRUNCATE", {}, raw, 0).ok());
    EXPECT_EQ(raw.size, 32u);
    EXPECT_TRUE(ksp_->free_secret(provider_, *secret).ok());
    EXPECT_EQ(code(ksp_->free_secret(provider_, *secret)), status::nte_invalid_handle);
    EXPECT_EQ(code(agree(*ksp_, *key(*peer), *ours, 0)), status::nte_no_key);
    EXPECT_EQ(code(agree(*ksp_, *key_in(slot_9a), *ours, 0)), status::nte_perm);
}

TEST_F(UsingKeys, handles_freed_under_running_signatures_hurt_nobody) {
    ASSERT_TRUE(give("123456").ok());
    std::atomic<int> wrong = 0;
    std::atomic<int> right = 0;
    std::vector<Thread> threads(6);
    for (Thread& thread : threads) {
        thread.start("test-ksp", [&] {
            for (int i = 0; i < 20; ++i) {
                const Handle own = open_provider(*ksp_, "", 0).value();
                const auto opened = open_key(*ksp_, own, "", 0, flag::silent);
                (void)ksp_->free_provider(own).ok();
                const auto found = ksp_->find_key(own, *opened);
                (void)ksp_->free_key(own, *opened).ok();
                const auto bytes = sign(*found.value(), pkcs1("SHA256"), digest("SHA256"));
                (bytes.ok() ? right : wrong) += 1;
            }
        });
    }
    for (Thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(right, 120);
}

}  // namespace
}  // namespace cardmux::ksp
