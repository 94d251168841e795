// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/properties.h"

#include <atomic>

#include "api/ksp/ksp_world_test.h"

namespace cardmux::ksp {
namespace {

using Properties = KspTest;

TEST_F(Properties, of_a_key_are_answered_without_an_apdu) {
    const auto rsa = key_in(slot_9a);
    const auto before = apdus();
    EXPECT_EQ(property_of(*rsa, "Name").value(), utf16_of(name_of(slot_9a)));
    EXPECT_EQ(property_of(*rsa, "Algorithm Name").value(), utf16_of("RSA"));
    EXPECT_EQ(property_of(*rsa, "Algorithm Group").value(), utf16_of("RSA"));
    EXPECT_EQ(property_of(*rsa, "Length").value(), dword(2048));
    EXPECT_EQ(property_of(*rsa, "PublicKeyLength").value(), dword(2048));
    EXPECT_EQ(property_of(*rsa, "Block Length").value(), dword(256));
    EXPECT_EQ(property_of(*rsa, "Export Policy").value(), dword(0));
    EXPECT_EQ(property_of(*rsa, "Key Usage").value(), dword(3));
    EXPECT_EQ(property_of(*rsa, "Lengths").value().size(), 16u);
    EXPECT_EQ(property_of(*rsa, "SmartCardReader").value(), utf16_of("Reader 0"));
    EXPECT_EQ(property_of(*rsa, "SmartCardKeyCertificate").value(), card_->certificate(slot_9a));
    EXPECT_EQ(property_of(*rsa, "SmartCardGuid").value().size(), 16u);
    EXPECT_EQ(property_of(*rsa, "SmartCardPinInfo").value().size(), 36u);
    EXPECT_EQ(property_of(*rsa, "SmartCardPinId").value(), dword(1));
    EXPECT_EQ(property_of(*rsa, "Provider Handle").value(), little_endian(provider_, 8));
    EXPECT_EQ(code(property_of(*rsa, "SmartCardAssociatedECDHKey")), status::nte_not_found);
    EXPECT_EQ(apdus(), before);
}

TEST_F(Properties, of_an_ec_key_name_its_curve) {
    start(simulation::KeyAlgorithm::P384);
    const auto agreeing = key_in(slot_9d);
    EXPECT_EQ(property_of(*agreeing, "Algorithm Name").value(), utf16_of("ECDH_P384"));
    EXPECT_EQ(property_of(*agreeing, "Algorithm Group").value(), utf16_of("ECDH"));
    EXPECT_EQ(property_of(*agreeing, "ECCCurveName").value(), utf16_of("nistP384"));
    EXPECT_EQ(property_of(*agreeing, "Key Usage").value(), dword(4));
    EXPECT_EQ(property_of(*key_in(slot_9c), "SmartCardAssociatedECDHKey").value(),
              utf16_of(name_of(slot_9d)));
}

TEST_F(Properties, that_are_not_known_are_not_supported) {
    const auto rsa = key_in(slot_9a);
    for (const char* name : {"name", "", "Security Descr", "Modified", "SmartCardPin"})
        EXPECT_EQ(code(property_of(*rsa, name)), status::nte_not_supported) << name;
    for (const char* name :
         {"SmartCardPinPrompt", "PinCacheIsGestureRequired", "KDFKeySecret", "Something"}) {
        EXPECT_EQ(code(set_key_property(*ksp_, *rsa, name, utf16_of("x"), 0)),
                  status::nte_not_supported)
            << name;
        EXPECT_EQ(code(set_provider_property(*ksp_, provider_, name, utf16_of("x"), 0)),
                  status::nte_not_supported)
            << name;
    }
}

TEST_F(Properties, of_the_card_are_not_those_of_an_imported_public_key) {
    Bytes blob(600);
    Output exported{blob, false};
    ASSERT_TRUE(export_key(*key_in(slot_9a), 0, "RSAPUBLICBLOB", exported, 0).ok());
    Import import;
    import.type = "RSAPUBLICBLOB";
    import.blob = ByteView(blob).first(exported.size);
    const auto imported = key(import_key(*ksp_, provider_, import).value());
    for (const char* name : {"SmartCardReader", "SmartCardGuid", "SmartCardKeyCertificate",
                             "SmartCardPinId", "SmartCardPinInfo", "SmartCardUserCertStore",
                             "SmartCardAssociatedECDHKey", "SmartCardReaderIcon", "UI Policy"})
        EXPECT_EQ(code(property_of(*imported, name)), status::nte_not_found) << name;
    EXPECT_EQ(code(property_of(*imported, "Name")), status::nte_not_supported);
    EXPECT_EQ(property_of(*imported, "PublicKeyLength").value(), dword(2048));
}

TEST_F(Properties, what_two_threads_set_at_once_is_all_kept) {
    const auto opened = key_in(slot_9a);
    std::atomic<bool> is_done = false;
    Thread other;
    ASSERT_TRUE(other.start("test-sets", [&] {
        while (!is_done)
            EXPECT_TRUE(
                set_key_property(*ksp_, *opened, property::use_context, utf16_of("text"), 0).ok());
    }));
    for (std::uint64_t window = 1; window <= 20'000; ++window) {
        const Bytes value = little_endian(window, handle_size);
        EXPECT_TRUE(set_key_property(*ksp_, *opened, property::window, value, 0).ok());
        EXPECT_EQ(property_of(*opened, property::window).value(), value);
        if (HasFailure()) break;
    }
    is_done = true;
    other.join();
}

TEST_F(Properties, a_session_pin_is_never_presented_as_a_pin) {
    const auto rsa = key_in(slot_9a);
    const auto before = apdus();
    EXPECT_EQ(code(set_key_property(*ksp_, *rsa, "SmartCardSecurePin", utf16_of("999999"), 0)),
              status::scard_e_unsupported_feature);
    EXPECT_EQ(
        code(set_provider_property(*ksp_, provider_, "SmartCardSecurePin", utf16_of("999999"), 0)),
        status::scard_e_unsupported_feature);
    EXPECT_EQ(code(set_key_property(*ksp_, *rsa, "SmartCardSecurePin", Bytes(3), 0)),
              status::nte_invalid_parameter);
    EXPECT_EQ(apdus(), before);
    EXPECT_EQ(code(property_of(*rsa, "SmartCardSecurePin")), status::nte_not_supported);
}

/// The flags of a security descriptor are its parts: OWNER 1, GROUP 2, DACL 4.
TEST_F(Properties, there_is_no_security_descriptor_whichever_part_is_asked_for) {
    const auto rsa = key_in(slot_9a);
    Bytes bytes(64);
    Output output{bytes, false};
    EXPECT_EQ(code(get_key_property(*ksp_, *rsa, "Security Descr", output, 0x4)),
              status::nte_not_supported);
    EXPECT_EQ(code(set_key_property(*ksp_, *rsa, "Security Descr", Bytes(20), 0x4)),
              status::nte_not_supported);
    EXPECT_EQ(code(get_key_property(*ksp_, *rsa, "Length", output, 0x4)), status::nte_bad_flags);
}

TEST_F(Properties, longer_than_they_may_be_are_refused) {
    const auto rsa = key_in(slot_9a);
    const std::string long_name(65, 'x');
    const Bytes long_value(0x100002, 'x');
    EXPECT_EQ(code(set_key_property(*ksp_, *rsa, long_name, {}, 0)), status::nte_invalid_parameter);
    EXPECT_EQ(code(set_key_property(*ksp_, *rsa, "Use Context", long_value, 0)),
              status::nte_invalid_parameter);
    EXPECT_EQ(code(set_provider_property(*ksp_, provider_, long_name, {}, 0)),
              status::nte_invalid_parameter);
    EXPECT_EQ(code(set_provider_property(*ksp_, provider_, "Use Context", long_value, 0)),
              status::nte_invalid_parameter);
    EXPECT_EQ(code(property_of(*rsa, long_name)), status::nte_not_supported);
}

TEST_F(Properties, that_do_not_fit_leave_the_buffer_and_tell_the_size) {
    const auto rsa = key_in(slot_9a);
    Bytes bytes(3, 0xEE);
    Output small{bytes, false};
    EXPECT_EQ(code(get_key_property(*ksp_, *rsa, "Length", small, 0)),
              status::nte_buffer_too_small);
    EXPECT_EQ(small.size, 4u);
    EXPECT_EQ(bytes, Bytes(3, 0xEE));
    Output query{{}, true};
    EXPECT_TRUE(get_key_property(*ksp_, *rsa, "Length", query, 0).ok());
    EXPECT_EQ(query.size, 4u);
}

TEST_F(Properties, of_dialogs_are_kept_for_each_handle) {
    const auto one = key_in(slot_9a);
    const auto other = key_in(slot_9a);
    ASSERT_TRUE(set_key_property(*ksp_, *one, "HWND Handle", little_endian(0x1234, 8), 0).ok());
    ASSERT_TRUE(set_key_property(*ksp_, *one, "Use Context", utf16_of("sign a letter"), 0).ok());
    EXPECT_EQ(property_of(*one, "HWND Handle").value(), little_endian(0x1234, 8));
    EXPECT_EQ(property_of(*other, "HWND Handle").value(), little_endian(0, 8));
    const container::Caller caller = ksp_->caller_for(*one, 0);
    EXPECT_EQ(caller.parent_window, 0x1234u);
    EXPECT_EQ(caller.purpose, "sign a letter");
    EXPECT_EQ(code(set_key_property(*ksp_, *one, "HWND Handle", Bytes(4), 0)),
              status::nte_invalid_parameter);
}

TEST_F(Properties, the_providers_context_is_not_its_keys_but_its_window_is) {
    ASSERT_TRUE(
        set_provider_property(*ksp_, provider_, "Use Context", utf16_of("insert a card"), 0).ok());
    ASSERT_TRUE(
        set_provider_property(*ksp_, provider_, "HWND Handle", little_endian(0x99, 8), 0).ok());
    const container::Caller caller = ksp_->caller_for(*key_in(slot_9a), 0);
    EXPECT_EQ(caller.purpose, "");
    EXPECT_EQ(caller.parent_window, 0x99u);
}

TEST_F(Properties, the_readers_icon_is_what_the_system_has) {
    const auto rsa = key_in(slot_9a);
    EXPECT_EQ(code(property_of(*rsa, "SmartCardReaderIcon")), status::nte_not_found);
    icon_ = Bytes(300, 0x1C);
    EXPECT_EQ(property_of(*rsa, "SmartCardReaderIcon").value(), icon_);
    Bytes bytes(500);
    Output output{bytes, false};
    ASSERT_TRUE(get_provider_property(*ksp_, provider_, "SmartCardReaderIcon", output, 0).ok());
    EXPECT_EQ(output.size, 300u);
}

TEST_F(Properties, of_the_provider) {
    const auto value = [&](const std::string& name) -> Outcome<Bytes> {
        Bytes bytes(500);
        Output output{bytes, false};
        CARDMUX_TRY(get_provider_property(*ksp_, provider_, name, output, 0));
        bytes.resize(output.size);
        return bytes;
    };
    EXPECT_EQ(value("Name").value(), utf16_of(api::ksp_name));
    EXPECT_EQ(value("Impl Type").value(), dword(9));
    EXPECT_EQ(value("Max Name Length").value(), dword(39));
    EXPECT_EQ(value("SmartCardGuid").value(),
              property_of(*key_in(slot_9c), "SmartCardGuid").value());
    EXPECT_EQ(value("SmartCardUserCertStore").value(), little_endian(101, 8)) << "one card";
    EXPECT_EQ(value("SmartcardRootCertStore").value(), little_endian(100, 8));
    EXPECT_EQ(code(value("SmartCardPin")), status::nte_not_supported);
}

TEST_F(Properties, the_size_of_the_guid_is_known_before_a_card_is_read) {
    Output query{{}, true};
    ASSERT_TRUE(get_provider_property(*ksp_, provider_, "SmartCardGuid", query, 0).ok());
    EXPECT_EQ(query.size, 16u);
    EXPECT_EQ(apdus(), 0u);
}

TEST_F(Properties, the_registrys_pin_policy_shows_in_the_pin_info) {
    settings_.pin_rules = {container::PinCachePolicy::Timed, std::chrono::seconds(30)};
    provider_ = open_provider(*ksp_, "", 0).value();
    const Bytes info = property_of(*key_in(slot_9a), "SmartCardPinInfo").value();
    EXPECT_EQ(read_little_endian(ByteView(info).subspan(24, 4)), 1u);
    EXPECT_EQ(read_little_endian(ByteView(info).subspan(28, 4)), 30u);
    EXPECT_EQ(property_of(*key_in(slot_9c), "SmartCardPinInfo").value(), info);
}

// ---- of a key to be made ------------------------------------------------------------------------

TEST_F(Properties, a_key_to_be_made_takes_its_length_and_usage) {
    const Handle handle = create_key(*ksp_, provider_, {"RSA", "new-container", 0, 0}).value();
    const auto planned = key(handle);
    EXPECT_EQ(property_of(*planned, "Name").value(), utf16_of("new-container"));
    EXPECT_EQ(property_of(*planned, "Length").value(), dword(2048));
    EXPECT_TRUE(set_key_property(*ksp_, *planned, "Length", dword(3072), 0).ok());
    EXPECT_EQ(property_of(*planned, "Length").value(), dword(3072));
    for (const std::uint32_t wrong : {0U, 1000U, 1536U, 5120U, 0xFFFFFC00U})
        EXPECT_EQ(code(set_key_property(*ksp_, *planned, "Length", dword(wrong), 0)),
                  status::nte_invalid_parameter);
    EXPECT_EQ(property_of(*planned, "Key Usage").value(), dword(3));
    EXPECT_TRUE(set_key_property(*ksp_, *planned, "Key Usage", dword(2), 0).ok());
    EXPECT_EQ(property_of(*planned, "Key Usage").value(), dword(2));
    EXPECT_TRUE(set_key_property(*ksp_, *planned, "Key Usage", dword(0xFFFFFF), 0).ok());
    EXPECT_EQ(code(set_key_property(*ksp_, *planned, "Key Usage", dword(4), 0)),
              status::nte_not_supported);
    EXPECT_TRUE(set_key_property(*ksp_, *planned, "Export Policy", dword(0), 0).ok());
    EXPECT_EQ(code(set_key_property(*ksp_, *planned, "Export Policy", dword(1), 0)),
              status::nte_not_supported);
    EXPECT_EQ(property_of(*planned, "SmartCardReader").value(), utf16_of("Reader 0"));
}

TEST_F(Properties, a_key_to_be_made_is_not_used) {
    const Handle handle = create_key(*ksp_, provider_, {"RSA", "new-container", 0, 0}).value();
    const auto planned = key(handle);
    Bytes bytes(600);
    Output output{bytes, false};
    EXPECT_EQ(code(sign(*planned, pkcs1("SHA1"), Bytes(20))), status::nte_bad_key_state);
    EXPECT_EQ(code(export_key(*planned, 0, "RSAPUBLICBLOB", output, 0)), status::nte_bad_key_state);
    EXPECT_EQ(code(delete_key(*ksp_, provider_, handle, 0)), status::nte_bad_key_state);
    EXPECT_EQ(code(set_key_property(*ksp_, *planned, "SmartCardKeyCertificate", Bytes(5), 0)),
              status::nte_bad_key_state);
    EXPECT_EQ(code(property_of(*planned, "SmartCardKeyCertificate")), status::nte_not_found);
    EXPECT_EQ(code(property_of(*planned, "Block Length")), status::nte_bad_key_state);
}

TEST_F(Properties, a_ui_policy_is_kept_for_a_key_to_be_made) {
    const auto made = key(create_key(*ksp_, provider_, {"RSA", "new-container", 0, 0}).value());
    const auto policy = [](std::uint32_t version, std::uint32_t flags, std::uint32_t text_size) {
        Bytes blob;
        for (const std::uint32_t number : {version, flags, std::uint32_t{0}, text_size, 0U})
            append_u32(blob, number);
        append(blob, utf16_of("key"));
        return blob;
    };
    EXPECT_EQ(code(property_of(*made, "UI Policy")), status::nte_not_found);
    EXPECT_TRUE(set_key_property(*ksp_, *made, "UI Policy", policy(1, 1, 8), 0).ok());
    EXPECT_EQ(property_of(*made, "UI Policy").value(), policy(1, 1, 8));
    EXPECT_EQ(code(set_key_property(*ksp_, *made, "UI Policy", policy(1, 2, 8), 0)),
              status::nte_not_supported)
        << "a person confirms each use";
    for (const Bytes& wrong :
         {policy(2, 1, 8), policy(1, 1, 7), policy(1, 1, 0xFFFFFFF8), Bytes(19)})
        EXPECT_EQ(code(set_key_property(*ksp_, *made, "UI Policy", wrong, 0)),
                  status::nte_invalid_parameter);
    EXPECT_EQ(code(set_key_property(*ksp_, *key_in(slot_9a), "UI Policy", policy(1, 1, 8), 0)),
              status::nte_bad_key_state);
}

}  // namespace
}  // namespace cardmux::ksp
