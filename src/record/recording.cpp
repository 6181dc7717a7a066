// SPDX-License-Identifier: Apache-2.0
#include "picket/record/recording.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <charconv>
#include <memory>

#include "picket/base/assert.h"

namespace picket {
namespace {

constexpr std::string_view kChainName = "picket recording 1";

/// One SHA-256 after the other. OpenSSL looks its algorithms up by name: once is enough.
class Sha256Computer {
 public:
  Sha256Computer()
      : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free),
        context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    PICKET_ASSERT(algorithm_ && context_, "the cryptographic library has no SHA-256");
  }
  void Start() {
    const int ok = EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr);
    PICKET_ASSERT(ok == 1, "SHA-256 cannot start");
  }
  void Add(const void* data, std::size_t size) {
    const int ok = EVP_DigestUpdate(context_.get(), data, size);
    PICKET_ASSERT(ok == 1, "SHA-256 cannot go on");
  }
  Hash Finish() {
    Hash hash;
    const int ok = EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr);
    PICKET_ASSERT(ok == 1, "SHA-256 cannot end");
    return hash;
  }

 private:
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

/// Its state does not outlive a call: each thread's own saves the look-up, and changes nothing.
Sha256Computer& Computer() {
  thread_local Sha256Computer computer;
  return computer;
}

void PutLittleEndian(std::uint64_t value, std::uint8_t* to) {
  for (int i = 0; i < 8; ++i) to[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

std::optional<std::uint8_t> Nibble(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::string_view EntryKindName(EntryKind kind) {
  switch (kind) {
    case EntryKind::kSite:
      return "site";
    case EntryKind::kReport:
      return "report";
    case EntryKind::kRaw:
      return "raw";
    case EntryKind::kPicture:
      return "picture";
    case EntryKind::kAlert:
      return "alert";
    case EntryKind::kRun:
      return "run";
    case EntryKind::kTerrain:
      return "terrain";
    case EntryKind::kSensor:
      return "sensor";
    case EntryKind::kUnseen:
      return "unseen";
    case EntryKind::kAction:
      return "action";
  }
  return "unknown";  // of a later version: kept, hashed and passed over
}

Hash Sha256(std::string_view bytes) {
  Sha256Computer& sha = Computer();
  sha.Start();
  sha.Add(bytes.data(), bytes.size());
  return sha.Finish();
}

Hash FirstHash() { return Sha256(kChainName); }

Hash ChainHash(const Hash& previous, const EntryView& entry) {
  std::array<std::uint8_t, 64> front;
  std::copy(previous.begin(), previous.end(), front.begin());
  PutLittleEndian(static_cast<std::uint64_t>(entry.sequence), &front[32]);
  PutLittleEndian(static_cast<std::uint64_t>(entry.kind), &front[40]);
  PutLittleEndian(static_cast<std::uint64_t>(entry.received.ns()), &front[48]);
  PutLittleEndian(entry.payload.size(), &front[56]);
  Sha256Computer& sha = Computer();
  sha.Start();
  sha.Add(front.data(), front.size());
  sha.Add(entry.payload.data(), entry.payload.size());
  return sha.Finish();
}

std::string HashText(const Hash& hash) { return fmt::format("{:02x}", fmt::join(hash, "")); }

std::string Head::Text() const { return fmt::format("{}:{}", sequence, HashText(hash)); }

Result<Head> ParseHead(std::string_view text) {
  const auto wrong = Fail("a head is written SEQUENCE:64 hexadecimal digits", "head");
  Head head;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, head.sequence);
  if (error != std::errc() || head.sequence < 0 || rest == end || *rest != ':') return wrong;
  const std::string_view digits(rest + 1, end);
  if (digits.size() != 2 * head.hash.size()) return wrong;
  for (std::size_t i = 0; i < head.hash.size(); ++i) {
    const auto high = Nibble(digits[2 * i]);
    const auto low = Nibble(digits[2 * i + 1]);
    if (!high || !low) return wrong;
    head.hash[i] = static_cast<std::uint8_t>(*high << 4U | *low);
  }
  return head;
}

std::string_view ChainFaultText(ChainFault fault) {
  switch (fault) {
    case ChainFault::kMissing:
      return "is missing";
    case ChainFault::kOutOfOrder:
      return "is out of order";
    case ChainFault::kChanged:
      return "does not fit the chain: it or its hash was changed";
    case ChainFault::kCut:
      return "is missing: the recording ends before the head given";
    case ChainFault::kRewritten:
      return "is not the one that the head given is of";
  }
  return "does not fit";
}

bool ChainWalk::Next(const EntryView& entry, const Hash& stored) {
  if (fault_) return false;
  const std::int64_t expected = head_.sequence + 1;
  if (entry.sequence != expected) {
    fault_ = entry.sequence > expected ? ChainBreak{expected, ChainFault::kMissing}
                                       : ChainBreak{entry.sequence, ChainFault::kOutOfOrder};
    return false;
  }
  if (ChainHash(head_.hash, entry) != stored) {
    fault_ = ChainBreak{entry.sequence, ChainFault::kChanged};
    return false;
  }
  if (known_ && known_->sequence == entry.sequence && known_->hash != stored) {
    fault_ = ChainBreak{entry.sequence, ChainFault::kRewritten};
    return false;
  }
  head_ = {entry.sequence, stored};
  return true;
}

void ChainWalk::Finish() {
  if (fault_ || !known_ || known_->sequence <= head_.sequence) return;
  fault_ = ChainBreak{known_->sequence, ChainFault::kCut};
}

}  // namespace picket
