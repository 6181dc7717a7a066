// SPDX-License-Identifier: Apache-2.0
#include "picket/record/recording.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace picket {
namespace {

std::string Hex(const Hash& hash) {
  const std::string text = Head{0, hash}.Text();
  return text.substr(2);
}

TEST(Sha256, PublishedVectors) {
  // NIST, "Examples with intermediate values" for FIPS 180-4, and CAVP SHA256ShortMsg.
  EXPECT_EQ(Hex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Hex(Sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(ChainHash, IsTheDocumentedBytes) {
  EXPECT_EQ(FirstHash(), Sha256("picket recording 1"));
  const Entry entry{0x0102030405060708, EntryKind::kReport, Time::Ns(0x1112131415161718), "hello"};
  const Hash first = FirstHash();
  std::string bytes(first.begin(), first.end());
  bytes += "\x08\x07\x06\x05\x04\x03\x02\x01";
  bytes += std::string("\x02\0\0\0\0\0\0\0", 8);
  bytes += "\x18\x17\x16\x15\x14\x13\x12\x11";
  bytes += std::string("\x05\0\0\0\0\0\0\0", 8);
  bytes += "hello";
  EXPECT_EQ(ChainHash(first, entry.View()), Sha256(bytes));
}

struct Stored {
  Entry entry;
  Hash hash;
};
using Chain = std::vector<Stored>;

Chain TenEntries() {
  Chain chain;
  Hash hash = FirstHash();
  for (int n = 1; n <= 10; ++n) {
    Entry entry{n, EntryKind::kReport, Time::Ns(1000 * n), "report " + std::to_string(n)};
    hash = ChainHash(hash, entry.View());
    chain.push_back({std::move(entry), hash});
  }
  return chain;
}

ChainWalk Walk(const Chain& chain, std::optional<Head> known = std::nullopt) {
  ChainWalk walk(known);
  for (const Stored& s : chain) {
    if (!walk.Next(s.entry.View(), s.hash)) break;
  }
  walk.Finish();
  return walk;
}

/// What somebody with the tools does: alters entries and computes all hashes anew.
void Rechain(Chain& chain) {
  Hash hash = FirstHash();
  for (Stored& s : chain) s.hash = hash = ChainHash(hash, s.entry.View());
}

TEST(ChainWalk, SoundChainReachesItsHead) {
  const Chain chain = TenEntries();
  const Head head{10, chain.back().hash};
  EXPECT_FALSE(Walk(chain).fault());
  EXPECT_EQ(Walk(chain).head(), head);
  EXPECT_FALSE(Walk(chain, head).fault());
  EXPECT_FALSE(Walk(chain, Head{4, chain[3].hash}).fault()) << "an earlier head is still within";
  EXPECT_FALSE(Walk({}).fault());
  EXPECT_EQ(Walk({}).head(), (Head{0, FirstHash()}));
}

TEST(ChainWalk, TellsEachKindOfTamperingApart) {
  const Chain sound = TenEntries();
  const Head head{10, sound.back().hash};
  struct Case {
    const char* name;
    std::function<void(Chain&)> tamper;
    bool with_head;
    std::optional<ChainBreak> expected;
  };
  const std::vector<Case> cases = {
      {"payload", [](Chain& c) { c[4].entry.payload[0] = 'R'; }, false,
       ChainBreak{5, ChainFault::kChanged}},
      {"payload shortened", [](Chain& c) { c[4].entry.payload.pop_back(); }, false,
       ChainBreak{5, ChainFault::kChanged}},
      {"kind", [](Chain& c) { c[4].entry.kind = EntryKind::kRaw; }, false,
       ChainBreak{5, ChainFault::kChanged}},
      {"time", [](Chain& c) { c[4].entry.received = Time::Ns(1); }, false,
       ChainBreak{5, ChainFault::kChanged}},
      {"hash", [](Chain& c) { c[4].hash[31] ^= 1U; }, false, ChainBreak{5, ChainFault::kChanged}},
      {"payload with its own hash made to fit",
       [](Chain& c) {
         c[4].entry.payload = "another";
         c[4].hash = ChainHash(c[3].hash, c[4].entry.View());
       },
       false, ChainBreak{6, ChainFault::kChanged}},
      {"one taken out", [](Chain& c) { c.erase(c.begin() + 4); }, false,
       ChainBreak{5, ChainFault::kMissing}},
      {"first taken out", [](Chain& c) { c.erase(c.begin()); }, false,
       ChainBreak{1, ChainFault::kMissing}},
      {"taken out and the rest renumbered",
       [](Chain& c) {
         c.erase(c.begin() + 4);
         for (std::size_t i = 4; i < c.size(); ++i) --c[i].entry.sequence;
       },
       false, ChainBreak{5, ChainFault::kChanged}},
      {"one put in twice", [](Chain& c) { c.insert(c.begin() + 5, c[4]); }, false,
       ChainBreak{5, ChainFault::kOutOfOrder}},
      {"contents of two swapped",
       [](Chain& c) {
         std::swap(c[4].entry.payload, c[7].entry.payload);
         std::swap(c[4].hash, c[7].hash);
       },
       false, ChainBreak{5, ChainFault::kChanged}},
      {"an earlier one moved back",
       [](Chain& c) { std::rotate(c.begin(), c.begin() + 5, c.end()); }, false,
       ChainBreak{1, ChainFault::kMissing}},
      {"tail cut, head not known", [](Chain& c) { c.resize(7); }, false, std::nullopt},
      {"tail cut, head known", [](Chain& c) { c.resize(7); }, true,
       ChainBreak{10, ChainFault::kCut}},
      {"all cut, head known", [](Chain& c) { c.clear(); }, true, ChainBreak{10, ChainFault::kCut}},
      {"all computed anew, head not known",
       [](Chain& c) {
         c[4].entry.payload = "another";
         Rechain(c);
       },
       false, std::nullopt},
      {"all computed anew, head known",
       [](Chain& c) {
         c[4].entry.payload = "another";
         Rechain(c);
       },
       true, ChainBreak{10, ChainFault::kRewritten}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    Chain chain = sound;
    test.tamper(chain);
    const ChainWalk walk = Walk(chain, test.with_head ? std::optional(head) : std::nullopt);
    ASSERT_EQ(walk.fault().has_value(), test.expected.has_value());
    if (!test.expected) continue;
    EXPECT_EQ(walk.fault()->sequence, test.expected->sequence);
    EXPECT_EQ(walk.fault()->fault, test.expected->fault);
    EXPECT_LE(walk.head().sequence, walk.fault()->sequence) << "the sound part ends before it";
  }
}

TEST(Head, TextGoesBothWays) {
  const Head head{1234567, Sha256("abc")};
  EXPECT_EQ(head.Text(),
            "1234567:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ASSERT_TRUE(ParseHead(head.Text()));
  EXPECT_EQ(*ParseHead(head.Text()), head);
  const std::string digits(64, 'a');
  for (const std::string& bad :
       {std::string(), std::string("12"), "12:" + digits.substr(1), "12:" + digits + "a",
        "-1:" + digits, ":" + digits, "12:" + digits.substr(1) + "g", "12;" + digits}) {
    const auto head_or = ParseHead(bad);
    ASSERT_FALSE(head_or) << bad;
    EXPECT_EQ(head_or.error().field, "head");
  }
}

TEST(EntryKind, NamesEachKind) {
  EXPECT_EQ(EntryKindName(EntryKind::kReport), "report");
  EXPECT_EQ(EntryKindName(EntryKind::kTerrain), "terrain");
  EXPECT_EQ(EntryKindName(EntryKind::kSensor), "sensor");
  EXPECT_EQ(EntryKindName(static_cast<EntryKind>(200)), "unknown");
}

}  // namespace
}  // namespace picket
