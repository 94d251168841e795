// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The return codes of CryptoAPI, CNG and the smart card service that we give (winerror.h), as plain
// numbers, so that the table of translations is one file that any system can test.
#pragma once

#include <cstdint>

namespace cardmux::api {

using Status = std::uint32_t;

namespace status {

constexpr Status success = 0;
constexpr Status error_not_enough_memory = 8;
constexpr Status error_invalid_parameter = 87;
constexpr Status error_busy = 170;
constexpr Status error_more_data = 234;
constexpr Status error_no_more_items = 259;
constexpr Status error_timeout = 1460;

constexpr Status nte_bad_uid = 0x80090001;
constexpr Status nte_bad_hash = 0x80090002;
constexpr Status nte_bad_key = 0x80090003;
constexpr Status nte_bad_len = 0x80090004;
constexpr Status nte_bad_data = 0x80090005;
constexpr Status nte_bad_signature = 0x80090006;
constexpr Status nte_bad_ver = 0x80090007;
constexpr Status nte_bad_algid = 0x80090008;
constexpr Status nte_bad_flags = 0x80090009;
constexpr Status nte_bad_type = 0x8009000A;
constexpr Status nte_bad_key_state = 0x8009000B;
constexpr Status nte_bad_hash_state = 0x8009000C;
constexpr Status nte_no_key = 0x8009000D;
constexpr Status nte_no_memory = 0x8009000E;
constexpr Status nte_exists = 0x8009000F;
constexpr Status nte_perm = 0x80090010;
constexpr Status nte_not_found = 0x80090011;
constexpr Status nte_bad_public_key = 0x80090015;
constexpr Status nte_bad_keyset = 0x80090016;
constexpr Status nte_provider_dll_fail = 0x8009001D;
constexpr Status nte_bad_keyset_param = 0x8009001F;
constexpr Status nte_fail = 0x80090020;
constexpr Status nte_silent_context = 0x80090022;
constexpr Status nte_token_keyset_storage_full = 0x80090023;
constexpr Status nte_fixedparameter = 0x80090025;
constexpr Status nte_invalid_handle = 0x80090026;
constexpr Status nte_invalid_parameter = 0x80090027;
constexpr Status nte_buffer_too_small = 0x80090028;
constexpr Status nte_not_supported = 0x80090029;
constexpr Status nte_no_more_items = 0x8009002A;
constexpr Status nte_decryption_failure = 0x8009002C;
constexpr Status nte_internal_error = 0x8009002D;

constexpr Status scard_f_internal_error = 0x80100001;
constexpr Status scard_e_cancelled = 0x80100002;
constexpr Status scard_e_unknown_reader = 0x80100009;
constexpr Status scard_e_timeout = 0x8010000A;
constexpr Status scard_e_sharing_violation = 0x8010000B;
constexpr Status scard_e_no_smartcard = 0x8010000C;
constexpr Status scard_e_unknown_card = 0x8010000D;
constexpr Status scard_e_system_cancelled = 0x80100012;
constexpr Status scard_f_comm_error = 0x80100013;
constexpr Status scard_p_shutdown = 0x80100018;
constexpr Status scard_e_no_service = 0x8010001D;
constexpr Status scard_e_unexpected = 0x8010001F;
constexpr Status scard_e_unsupported_feature = 0x80100022;
constexpr Status scard_e_no_access = 0x80100027;
constexpr Status scard_e_invalid_chv = 0x8010002A;
constexpr Status scard_e_no_such_certificate = 0x8010002C;
constexpr Status scard_e_no_readers_available = 0x8010002E;
constexpr Status scard_e_no_key_container = 0x80100030;
constexpr Status scard_e_read_only_card = 0x80100034;
constexpr Status scard_w_unresponsive_card = 0x80100066;
constexpr Status scard_w_reset_card = 0x80100068;
constexpr Status scard_w_removed_card = 0x80100069;
constexpr Status scard_w_security_violation = 0x8010006A;
constexpr Status scard_w_wrong_chv = 0x8010006B;
constexpr Status scard_w_chv_blocked = 0x8010006C;
constexpr Status scard_w_cancelled_by_user = 0x8010006E;
constexpr Status scard_w_card_not_authenticated = 0x8010006F;

}  // namespace status
}  // namespace cardmux::api
