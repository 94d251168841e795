// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/writing/key_templates.h"

#include <array>

#include "api/pkcs11/module/curve_parameters.h"
#include "api/pkcs11/operations/mechanisms.h"
#include "api/pkcs11/writing/private_key_values.h"
#include "token/token_contents.h"

namespace cardmux::pkcs11 {
namespace {

// ---- rules (PKCS #11 v3.0, sections 4.4 to 4.9, and those of RSA and EC keys) ------------------

constexpr std::array all_keys = {
    AttributeRule{CKA_CLASS, Rule::Read},
    AttributeRule{CKA_KEY_TYPE, Rule::Read},
    AttributeRule{CKA_TOKEN, Rule::True},
    AttributeRule{CKA_MODIFIABLE, Rule::False},
    AttributeRule{CKA_COPYABLE, Rule::False},
    AttributeRule{CKA_LABEL, Rule::NotKept},
    AttributeRule{CKA_ID, Rule::Read},
    AttributeRule{CKA_SUBJECT, Rule::NotKept},  // the certificate's
    AttributeRule{CKA_START_DATE, Rule::Empty},
    AttributeRule{CKA_END_DATE, Rule::Empty},
    AttributeRule{CKA_DERIVE, Rule::Read},
    AttributeRule{CKA_ALLOWED_MECHANISMS, Rule::Empty},
    AttributeRule{CKA_UNIQUE_ID, Rule::Contributed},
    AttributeRule{CKA_LOCAL, Rule::Contributed},
    AttributeRule{CKA_KEY_GEN_MECHANISM, Rule::Contributed},
};

constexpr std::array public_keys = {
    AttributeRule{CKA_PRIVATE, Rule::False},
    AttributeRule{CKA_DESTROYABLE, Rule::False},
    AttributeRule{CKA_VERIFY, Rule::Read},
    AttributeRule{CKA_ENCRYPT, Rule::Read},
    AttributeRule{CKA_VERIFY_RECOVER, Rule::False},
    AttributeRule{CKA_WRAP, Rule::False},
    AttributeRule{CKA_TRUSTED, Rule::False},
    AttributeRule{CKA_MODULUS, Rule::Contributed},
    AttributeRule{CKA_EC_POINT, Rule::Contributed},
    AttributeRule{CKA_PUBLIC_KEY_INFO, Rule::Contributed},
};

constexpr std::array private_keys = {
    AttributeRule{CKA_PRIVATE, Rule::Read},
    AttributeRule{CKA_DESTROYABLE, Rule::True},
    AttributeRule{CKA_SIGN, Rule::Read},
    AttributeRule{CKA_DECRYPT, Rule::Read},
    AttributeRule{CKA_SIGN_RECOVER, Rule::False},
    AttributeRule{CKA_UNWRAP, Rule::False},
    AttributeRule{CKA_SENSITIVE, Rule::True},
    AttributeRule{CKA_EXTRACTABLE, Rule::False},
    AttributeRule{CKA_WRAP_WITH_TRUSTED, Rule::False},
    AttributeRule{CKA_ALWAYS_AUTHENTICATE, Rule::Read},
    AttributeRule{CKA_ALWAYS_SENSITIVE, Rule::Contributed},
    AttributeRule{CKA_NEVER_EXTRACTABLE, Rule::Contributed},
};

constexpr std::array generated_rsa = {
    AttributeRule{CKA_MODULUS_BITS, Rule::Read},
    AttributeRule{CKA_PUBLIC_EXPONENT, Rule::Read},
};
constexpr std::array generated_ec = {AttributeRule{CKA_EC_PARAMS, Rule::Read}};

/// What a key that is made has, and its maker does not say.
constexpr std::array made_values = {
    AttributeRule{CKA_VALUE, Rule::Contributed},
    AttributeRule{CKA_MODULUS, Rule::Contributed},
    AttributeRule{CKA_PUBLIC_EXPONENT, Rule::Contributed},
    AttributeRule{CKA_PRIVATE_EXPONENT, Rule::Contributed},
    AttributeRule{CKA_PRIME_1, Rule::Contributed},
    AttributeRule{CKA_PRIME_2, Rule::Contributed},
    AttributeRule{CKA_EXPONENT_1, Rule::Contributed},
    AttributeRule{CKA_EXPONENT_2, Rule::Contributed},
    AttributeRule{CKA_COEFFICIENT, Rule::Contributed},
    AttributeRule{CKA_EC_PARAMS, Rule::Contributed},
    AttributeRule{CKA_EC_POINT, Rule::Contributed},
    AttributeRule{CKA_PUBLIC_KEY_INFO, Rule::Contributed},
};

constexpr std::array imported_rsa = {
    AttributeRule{CKA_MODULUS, Rule::Read},
    AttributeRule{CKA_PUBLIC_EXPONENT, Rule::Read},
    AttributeRule{CKA_PRIVATE_EXPONENT, Rule::NotKept},  // the five others say it
    AttributeRule{CKA_PRIME_1, Rule::Read},
    AttributeRule{CKA_PRIME_2, Rule::Read},
    AttributeRule{CKA_EXPONENT_1, Rule::Read},
    AttributeRule{CKA_EXPONENT_2, Rule::Read},
    AttributeRule{CKA_COEFFICIENT, Rule::Read},
    AttributeRule{CKA_PUBLIC_KEY_INFO, Rule::Read},
};
constexpr std::array imported_ec = {
    AttributeRule{CKA_EC_PARAMS, Rule::Read},
    AttributeRule{CKA_EC_POINT, Rule::Read},  // not the standard's, but programs give it
    AttributeRule{CKA_VALUE, Rule::Read},
    AttributeRule{CKA_PUBLIC_KEY_INFO, Rule::Read},
};

// ---- what the key is to be like ----------------------------------------------------------------

/// A use that is not asked for is no reason against a place that allows it: PIV takes none away.
struct Wishes {
    bool signs = false;
    bool decrypts = false;
    bool derives = false;
    std::optional<bool> is_private;
    std::optional<bool> always_authenticates;
};

/// Where the place is named, one of the uses is enough: programs ask for all that a kind of key can
/// do unless they are told otherwise (pkcs11-tool), which no place but the retired ones has.
bool uses_fit(const Wishes& wishes, const drivers::CardKey& key, bool is_named) {
    const bool none = !wishes.signs && !wishes.decrypts && !wishes.derives;
    const bool any = (wishes.signs && key.can_sign) || (wishes.decrypts && key.can_decrypt) ||
                     (wishes.derives && key.can_derive);
    const bool all = (!wishes.signs || key.can_sign) && (!wishes.decrypts || key.can_decrypt) &&
                     (!wishes.derives || key.can_derive);
    return none || (is_named ? any : all);
}

bool fit(const Wishes& wishes, const drivers::CardKey& key, bool is_named) {
    using drivers::PinPolicy;
    if (!uses_fit(wishes, key, is_named)) return false;
    const bool is_private = key.pin_policy != PinPolicy::Never;
    const bool always = key.pin_policy == PinPolicy::Always;
    return wishes.is_private.value_or(is_private) == is_private &&
           wishes.always_authenticates.value_or(always) == always;
}

Outcome<void> add_use(bool& wish, const ObjectTemplate& object, CK_ATTRIBUTE_TYPE type) {
    CARDMUX_TRY_ASSIGN(const std::optional<bool> said, object.flag(type));
    wish = wish || said.value_or(false);
    return done();
}

Outcome<Wishes> read_wishes(const ObjectTemplate& private_key) {
    Wishes wishes;
    CARDMUX_TRY(add_use(wishes.signs, private_key, CKA_SIGN));
    CARDMUX_TRY(add_use(wishes.decrypts, private_key, CKA_DECRYPT));
    CARDMUX_TRY(add_use(wishes.derives, private_key, CKA_DERIVE));
    CARDMUX_TRY_ASSIGN(wishes.is_private, private_key.flag(CKA_PRIVATE));
    CARDMUX_TRY_ASSIGN(wishes.always_authenticates, private_key.flag(CKA_ALWAYS_AUTHENTICATE));
    return wishes;
}

token::KeyPurpose purpose_of(const Wishes& wishes) {
    if (wishes.derives) return token::KeyPurpose::KeyAgreement;
    const bool only_signs = wishes.signs && !wishes.decrypts;
    if (only_signs && wishes.always_authenticates.value_or(true))
        return token::KeyPurpose::Signature;
    return token::KeyPurpose::KeyExchange;
}

token::NewKey with_wishes(std::optional<std::uint8_t> place, const Wishes& wishes) {
    token::NewKey key;
    key.key_reference = place;
    key.purpose = purpose_of(wishes);
    key.fits = [wishes, is_named = place.has_value()](const drivers::CardKey& in_place) {
        return fit(wishes, in_place, is_named);
    };
    return key;
}

// ---- key pairs ---------------------------------------------------------------------------------

/// One place for both: who names it twice has to mean the same.
Outcome<std::optional<std::uint8_t>> common_place(const ObjectTemplate& public_key,
                                                  const ObjectTemplate& private_key) {
    CARDMUX_TRY_ASSIGN(const std::optional<std::uint8_t> one, wanted_place(private_key));
    CARDMUX_TRY_ASSIGN(const std::optional<std::uint8_t> other, wanted_place(public_key));
    if (one && other && one != other) return refuse(CKR_TEMPLATE_INCONSISTENT);
    return one ? one : other;
}

Outcome<crypto::KeyKind> kind_of_pair(MechanismFamily family, const ObjectTemplate& public_key) {
    if (family == MechanismFamily::EcKeyPair) {
        CARDMUX_TRY_ASSIGN(const ByteView parameters, public_key.require(CKA_EC_PARAMS));
        CARDMUX_TRY_ASSIGN(const crypto::Curve curve, parse_curve_parameters(parameters));
        return crypto::KeyKind(curve);
    }
    CARDMUX_TRY_ASSIGN(const CK_ULONG bits, public_key.require_number(CKA_MODULUS_BITS));
    if (!is_rsa_size(bits)) return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    if (const auto exponent = public_key.find(CKA_PUBLIC_EXPONENT))
        CARDMUX_TRY(check_exponent(*exponent));
    return crypto::KeyKind(crypto::RsaKind{bits});
}

Outcome<MechanismFamily> generating_family(const CK_MECHANISM& mechanism) {
    const MechanismRow* row = find_mechanism(mechanism.mechanism);
    if (row == nullptr || (row->flags & CKF_GENERATE_KEY_PAIR) == 0)
        return refuse(CKR_MECHANISM_INVALID);
    if (mechanism.pParameter != nullptr && mechanism.ulParameterLen > 0)
        return refuse(CKR_MECHANISM_PARAM_INVALID);
    return row->family;
}

Outcome<void> check_pair(MechanismFamily family, const ObjectTemplate& public_key,
                         const ObjectTemplate& private_key) {
    const bool is_rsa = family == MechanismFamily::RsaKeyPair;
    const auto given =
        is_rsa ? std::span<const AttributeRule>(generated_rsa) : std::span(generated_ec);
    CARDMUX_TRY(public_key.check({all_keys, public_keys, given}));
    CARDMUX_TRY(private_key.check({all_keys, private_keys, made_values}));
    CARDMUX_TRY(private_key.expect_on_token());
    CARDMUX_TRY(public_key.expect_number(CKA_CLASS, CKO_PUBLIC_KEY));
    CARDMUX_TRY(private_key.expect_number(CKA_CLASS, CKO_PRIVATE_KEY));
    for (const ObjectTemplate* each : {&public_key, &private_key})
        CARDMUX_TRY(each->expect_number(CKA_KEY_TYPE, is_rsa ? CKK_RSA : CKK_EC));
    return done();
}

}  // namespace

Outcome<std::optional<std::uint8_t>> wanted_place(const ObjectTemplate& object) {
    const std::optional<ByteView> id = object.find(CKA_ID);
    if (!id || id->empty()) return std::optional<std::uint8_t>();
    const std::optional<std::uint8_t> place = token::reference_of_id(*id);
    if (!place) return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    return place;
}

Outcome<token::NewKey> plan_key_pair(const CK_MECHANISM& mechanism,
                                     const ObjectTemplate& public_key,
                                     const ObjectTemplate& private_key) {
    CARDMUX_TRY_ASSIGN(const MechanismFamily family, generating_family(mechanism));
    CARDMUX_TRY(check_pair(family, public_key, private_key));
    CARDMUX_TRY_ASSIGN(const crypto::KeyKind kind, kind_of_pair(family, public_key));
    CARDMUX_TRY_ASSIGN(Wishes wishes, read_wishes(private_key));
    CARDMUX_TRY(add_use(wishes.signs, public_key, CKA_VERIFY));
    CARDMUX_TRY(add_use(wishes.decrypts, public_key, CKA_ENCRYPT));
    CARDMUX_TRY(add_use(wishes.derives, public_key, CKA_DERIVE));
    CARDMUX_TRY_ASSIGN(const auto place, common_place(public_key, private_key));
    token::NewKey key = with_wishes(place, wishes);
    key.source = kind;
    return key;
}

Outcome<token::NewKey> plan_import(const ObjectTemplate& private_key) {
    CARDMUX_TRY_ASSIGN(const CK_ULONG type, private_key.require_number(CKA_KEY_TYPE));
    if (type != CKK_RSA && type != CKK_EC) return refuse(CKR_TEMPLATE_INCONSISTENT);
    const auto given = type == CKK_RSA ? std::span<const AttributeRule>(imported_rsa)
                                       : std::span<const AttributeRule>(imported_ec);
    CARDMUX_TRY(private_key.check({all_keys, private_keys, given}));
    CARDMUX_TRY(private_key.expect_on_token());
    CARDMUX_TRY_ASSIGN(const auto place, wanted_place(private_key));
    CARDMUX_TRY_ASSIGN(const Wishes wishes, read_wishes(private_key));
    token::NewKey key = with_wishes(place, wishes);
    CARDMUX_TRY_ASSIGN(key.source, read_private_key(type, private_key));
    return key;
}

}  // namespace cardmux::pkcs11
