// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/rsa_completion.h"

#include <algorithm>

#include "crypto/der.h"

namespace cardmux::crypto {
namespace {

/// A secret number of a fixed size, lowest 32 bits first, overwritten at its end.
class SecretNumber {
  public:
    SecretNumber(ByteView big_endian, std::size_t size) : words_(size) {
        for (std::size_t i = 0; i < big_endian.size(); ++i) {
            const std::size_t from_end = big_endian.size() - 1 - i;
            words_[from_end / 4] |= std::uint32_t{big_endian[i]} << (8 * (from_end % 4));
        }
    }
    ~SecretNumber() {
        wipe({reinterpret_cast<std::uint8_t*>(words_.data()), words_.size() * sizeof words_[0]});
    }
    SecretNumber(const SecretNumber&) = delete;
    SecretNumber& operator=(const SecretNumber&) = delete;

    bool is_even() const { return words_[0] % 2 == 0; }
    bool is_one() const {
        return words_[0] == 1 && std::all_of(words_.begin() + 1, words_.end(),
                                             [](std::uint32_t word) { return word == 0; });
    }
    bool is_zero() const {
        return std::ranges::all_of(words_, [](std::uint32_t word) { return word == 0; });
    }
    bool is_below(const SecretNumber& other) const {
        return std::lexicographical_compare(words_.rbegin(), words_.rend(), other.words_.rbegin(),
                                            other.words_.rend());
    }

    /// The bit that did not fit.
    bool add(const SecretNumber& other) {
        std::uint64_t carry = 0;
        for (std::size_t i = 0; i < words_.size(); ++i) {
            carry += std::uint64_t{words_[i]} + other.words_[i];
            words_[i] = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
        return carry != 0;
    }
    void subtract(const SecretNumber& other) {
        std::uint64_t borrow = 0;
        for (std::size_t i = 0; i < words_.size(); ++i) {
            const std::uint64_t difference = std::uint64_t{words_[i]} - other.words_[i] - borrow;
            words_[i] = static_cast<std::uint32_t>(difference);
            borrow = difference >> 63;
        }
    }
    void subtract_one() {
        for (std::uint32_t& word : words_) {
            if (word-- != 0) return;
        }
    }
    void halve(bool top_bit) {
        for (std::size_t i = 0; i < words_.size(); ++i) {
            const bool next = i + 1 < words_.size() ? words_[i + 1] % 2 != 0 : top_bit;
            words_[i] = words_[i] / 2 | std::uint32_t{next} << 31;
        }
    }
    /// Times a small number plus a small number, in as many words as it has.
    void multiply_add(std::uint32_t factor, std::uint32_t summand) {
        std::uint64_t carry = summand;
        for (std::uint32_t& word : words_) {
            carry += std::uint64_t{word} * factor;
            word = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
    }
    /// Becomes the quotient.
    ///
    /// returns   the remainder
    std::uint32_t divide(std::uint32_t divisor) {
        std::uint64_t rest = 0;
        for (auto word = words_.rbegin(); word != words_.rend(); ++word) {
            rest = rest << 32 | *word;
            *word = static_cast<std::uint32_t>(rest / divisor);
            rest %= divisor;
        }
        return static_cast<std::uint32_t>(rest);
    }
    /// Adds the product of two numbers of half the size.
    void add_product(const SecretNumber& a, const SecretNumber& b) {
        for (std::size_t i = 0; i < a.words_.size(); ++i) {
            std::uint64_t carry = 0;
            for (std::size_t j = 0; j < b.words_.size() && i + j < words_.size(); ++j) {
                carry += words_[i + j] + std::uint64_t{a.words_[i]} * b.words_[j];
                words_[i + j] = static_cast<std::uint32_t>(carry);
                carry >>= 32;
            }
            if (i + b.words_.size() < words_.size())
                words_[i + b.words_.size()] = static_cast<std::uint32_t>(carry);
        }
    }
    SecretBytes bytes(std::size_t size) const {
        Bytes big_endian(size);
        for (std::size_t i = 0; i < size; ++i)
            big_endian[size - 1 - i] = static_cast<std::uint8_t>(words_[i / 4] >> (8 * (i % 4)));
        SecretBytes secret(big_endian);
        wipe(big_endian);
        return secret;
    }

  private:
    std::vector<std::uint32_t> words_;
};

Error unusable() {
    return Error(ErrorCode::DataInvalid, "complete an RSA key");
}

/// Halves a residue.
void halve_modulo(SecretNumber& number, const SecretNumber& modulus) {
    const bool carry = !number.is_even() && number.add(modulus);
    number.halve(carry);
}

void subtract_modulo(SecretNumber& number, const SecretNumber& other, const SecretNumber& modulus) {
    if (number.is_below(other)) (void)number.add(modulus);  // the carry comes back below
    number.subtract(other);
}

/// The inverse modulo an odd number, by the binary form of Euclid's algorithm: u is `number` times
/// x, v is it times y, until one of the two is 1.
Result<SecretBytes> inverse(ByteView number, ByteView modulus, std::size_t size) {
    const std::size_t words = size / 4 + 2;
    const SecretNumber m(modulus, words);
    SecretNumber u(number, words);
    SecretNumber v(modulus, words);
    SecretNumber x(Bytes{1}, words);
    SecretNumber y({}, words);
    if (!u.is_below(m)) u.subtract(m);
    if (!u.is_below(m)) return unusable();
    while (!u.is_one() && !v.is_one()) {
        if (u.is_zero() || v.is_zero()) return unusable();
        for (; u.is_even(); u.halve(false)) halve_modulo(x, m);
        for (; v.is_even(); v.halve(false)) halve_modulo(y, m);
        if (v.is_below(u)) {
            u.subtract(v);
            subtract_modulo(x, y, m);
        } else {
            v.subtract(u);
            subtract_modulo(y, x, m);
        }
    }
    return (u.is_one() ? x : y).bytes(size);
}

/// Of a number below the modulus; 0: there is none.
std::uint32_t small_inverse(std::uint32_t number, std::uint32_t modulus) {
    std::int64_t rest = modulus;
    std::int64_t next_rest = number;
    std::int64_t factor = 0;
    std::int64_t next_factor = 1;
    while (next_rest != 0) {
        const std::int64_t quotient = rest / next_rest;
        rest = std::exchange(next_rest, rest - quotient * next_rest);
        factor = std::exchange(next_factor, factor - quotient * next_factor);
    }
    if (rest != 1) return 0;
    return static_cast<std::uint32_t>(factor < 0 ? factor + modulus : factor);
}

/// d modulo prime - 1: the inverse of e there, which is (1 + k (prime - 1)) / e for the k that
/// makes it a whole number.
Result<SecretBytes> reduced_exponent(ByteView prime, std::uint32_t e, std::size_t size) {
    const std::size_t words = size / 4 + 3;
    SecretNumber rest_of(prime, words);
    rest_of.subtract_one();
    const std::uint32_t small = small_inverse(rest_of.divide(e), e);
    if (small == 0) return unusable();
    SecretNumber d(prime, words);
    d.subtract_one();
    d.multiply_add(e - small, 1);
    if (d.divide(e) != 0) return unusable();
    return d.bytes(size);
}

bool is_product(ByteView p, ByteView q, ByteView modulus) {
    const std::size_t words = modulus.size() / 4 + 2;
    SecretNumber product({}, words);
    product.add_product(SecretNumber(p, words), SecretNumber(q, words));
    product.subtract(SecretNumber(modulus, words));
    return product.is_zero();
}

SecretBytes padded(ByteView number, std::size_t size) {
    Bytes bytes(size);
    std::ranges::copy(number, bytes.end() - static_cast<std::ptrdiff_t>(number.size()));
    SecretBytes secret(bytes);
    wipe(bytes);
    return secret;
}

}  // namespace

Result<RsaPrivateKey> complete_rsa_key(const RsaPublicKey& key, ByteView p, ByteView q) {
    if (!is_usable(key) || key.modulus.size() % 2 != 0) return unusable();
    if (key.exponent.size() > sizeof(std::uint32_t))
        return Error(ErrorCode::NotSupported, "complete an RSA key");
    const std::size_t size = key.modulus.size() / 2;
    p = der::without_leading_zeros(p);
    q = der::without_leading_zeros(q);
    if (p.size() != size || q.size() != size || p.back() % 2 == 0 || q.back() % 2 == 0 ||
        !is_product(p, q, key.modulus))
        return unusable();
    std::uint32_t e = 0;
    for (const std::uint8_t byte : key.exponent) e = e << 8 | byte;
    RsaPrivateKey whole;
    whole.public_key = key;
    whole.p = padded(p, size);
    whole.q = padded(q, size);
    CARDMUX_TRY_ASSIGN(whole.dp, reduced_exponent(p, e, size));
    CARDMUX_TRY_ASSIGN(whole.dq, reduced_exponent(q, e, size));
    CARDMUX_TRY_ASSIGN(whole.qinv, inverse(q, p, size));
    return whole;
}

}  // namespace cardmux::crypto
