// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Makes data to sign and says whether a signature of it is right. Uses libcrypto directly and
// nothing of Cardmux's own crypto layer, so that the module under load and its judge share no code.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "tool/load/load_mechanism.h"

namespace cardmux::tool::load {

/// A public key, prepared once a process.
class JudgeKey {
  public:
    /// modulus, exponent    big-endian
    /// errors    DataInvalid
    static Result<JudgeKey> from_rsa(ByteView modulus, ByteView exponent);
    /// parameters    DER: the curve's object identifier
    /// point         04, X, Y, with or without the OCTET STRING around that PKCS#11 asks for
    /// errors    DataInvalid
    static Result<JudgeKey> from_ec(ByteView parameters, ByteView point);
    /// errors    DataInvalid: no X.509 certificate, DER
    static Result<JudgeKey> from_certificate(ByteView der);

    /// errors    DataInvalid: no SubjectPublicKeyInfo, DER
    static Result<JudgeKey> from_public_key_info(ByteView der);

    JudgeKey(JudgeKey&&) noexcept;
    JudgeKey& operator=(JudgeKey&&) noexcept;
    JudgeKey(const JudgeKey&) = delete;
    JudgeKey& operator=(const JudgeKey&) = delete;
    ~JudgeKey();

    KeyFamily family() const;
    /// RSA: of the modulus. EC: of r and s together.
    std::size_t signature_size() const;
    /// SubjectPublicKeyInfo, DER.
    Bytes public_key_info() const;
    std::string describe() const;  ///< "RSA 2048"

  private:
    friend class SignatureJudge;
    struct State;
    explicit JudgeKey(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// What to sign, and what the signature has to fit.
struct Challenge {
    Bytes input;    ///< for C_Sign
    Bytes checked;  ///< DigestInfo (RSA without PSS and without a hash of its own) or hash
};

/// One thread's judge, with everything prepared: a check of RSA-2048 costs about 25 us.
class SignatureJudge {
  public:
    /// `key` must outlive the judge.
    ///
    /// errors    DataInvalid: the mechanism is not for such a key; Internal
    static Result<SignatureJudge> create(const JudgeKey& key, const LoadMechanism& mechanism);
    SignatureJudge(SignatureJudge&&) noexcept;
    SignatureJudge& operator=(SignatureJudge&&) noexcept;
    SignatureJudge(const SignatureJudge&) = delete;
    SignatureJudge& operator=(const SignatureJudge&) = delete;
    ~SignatureJudge();

    /// Never the same twice: made from a number of the run, the client and a counter.
    Challenge make_challenge(std::uint64_t run, std::uint32_t client, std::uint64_t counter) const;

    /// The challenge whose message is this one. Only for mechanisms with SignInput::Message.
    Challenge challenge_for(ByteView message) const;

    /// signature    as PKCS#11 gives it: RSA modulus-size bytes, EC r and s joined
    bool accepts(const Challenge& challenge, ByteView signature) const;

  private:
    struct State;
    explicit SignatureJudge(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace cardmux::tool::load
