// SPDX-License-Identifier: Apache-2.0
//
// Records with every item of an ASTERIX category, filled by chance, as a capture:
// asterix_random CATEGORY COUNT SEED [EDITION] >FILE.pcap
//
// Of categories that nobody has a capture of, so that another decoder can be asked about each field
// (asterix_tshark.sh). Made from the same tables that picket reads by: what differs in another's
// reading is a fault of a table.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "picket/base/random.h"
#include "picket/codec/asterix_table.h"

namespace {

using namespace picket;
using asterix::Coding;
using asterix::Field;
using asterix::Form;
using asterix::Item;

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  std::string Record(const asterix::Table& table) {
    bytes_.clear();
    std::vector<const Item*> there;
    std::vector<bool> presence;
    for (const Item* item : table.uap) {
      // Expansion fields have a layout of their own.
      const bool known =
          item != nullptr && item->form != Form::kExplicit && item->form != Form::kUnknown;
      presence.push_back(known && random_.Uniform() < 0.5);
      if (presence.back()) there.push_back(item);
    }
    Presence(presence);
    for (const Item* item : there) Put(*item);
    return bytes_;
  }

 private:
  void Presence(std::vector<bool> presence) {
    while (!presence.empty() && !presence.back()) presence.pop_back();
    for (std::size_t from = 0; from < std::max<std::size_t>(presence.size(), 1); from += 7) {
      unsigned byte = from + 7 < presence.size() ? 1 : 0;
      for (std::size_t k = 0; k < 7 && from + k < presence.size(); ++k) {
        if (presence[from + k]) byte |= 0x80U >> k;
      }
      bytes_.push_back(static_cast<char>(byte));
    }
  }

  void Put(const Item& item) {
    switch (item.form) {
      case Form::kFixed:
        return Part(item.parts[0], false, false);
      case Form::kVariable:
        for (std::size_t p = 0; p < item.parts.size(); ++p) {
          const bool more = p + 1 < item.parts.size() && random_.Uniform() < 0.6;
          const bool extends = asterix::PartBits(item.parts[p]) % 8 != 0;
          Part(item.parts[p], extends, more);
          if (extends && !more) return;
        }
        return;
      case Form::kRepeated: {
        const auto count = 1 + random_.Bits() % 3;
        bytes_.push_back(static_cast<char>(count));
        for (std::uint64_t i = 0; i < count; ++i) Part(item.parts[0], false, false);
        return;
      }
      case Form::kRepeatedFx:
        return Part(item.parts[0], true, false);  // of more tshark shows only one
      case Form::kCompound: {
        std::vector<bool> presence;
        for (const Item& sub : item.subs) {
          presence.push_back(!sub.name.empty() && random_.Uniform() < 0.5);
        }
        presence[0] = presence[0] || !item.subs[0].name.empty();
        Presence(presence);
        for (std::size_t s = 0; s < item.subs.size(); ++s) {
          if (presence[s]) Put(item.subs[s]);
        }
        return;
      }
      case Form::kExplicit:
      case Form::kUnknown:
        return;
    }
  }

  /// Fields of one part, and the extension bit behind them.
  void Part(const std::vector<Field>& part, bool extends, bool more) {
    for (const Field& field : part) {
      if (field.overlay) continue;
      for (int bits = field.bits; bits > 0;) {
        // Text is of characters that can be told from padding.
        if (field.coding == Coding::kAscii) {
          Bits('A' + random_.Bits() % 26, 8);
          bits -= 8;
        } else if (field.coding == Coding::kIcao) {
          Bits(1 + random_.Bits() % 26, 6);
          bits -= 6;
        } else {
          Bits(field.name.empty() ? 0 : random_.Bits(), 1);
          bits -= 1;
        }
      }
    }
    if (extends) Bits(more ? 1 : 0, 1);
  }

  void Bits(std::uint64_t value, int count) {
    for (int bit = count - 1; bit >= 0; --bit) {
      if (filled_ == 0) bytes_.push_back('\0');
      if ((value >> bit & 1U) != 0) {
        bytes_.back() =
            static_cast<char>(static_cast<unsigned char>(bytes_.back()) | (0x80U >> filled_));
      }
      filled_ = (filled_ + 1) % 8;
    }
  }

  Random random_;
  std::string bytes_;
  unsigned filled_ = 0;  ///< bits of the last byte
};

std::string Number(std::uint64_t value, int bytes, bool big) {
  std::string text;
  for (int b = 0; b < bytes; ++b) {
    text.push_back(static_cast<char>(value >> 8 * (big ? bytes - 1 - b : b)));
  }
  return text;
}
std::string Little(std::uint64_t value) { return Number(value, 4, false); }
std::string Big16(std::uint64_t value) { return Number(value, 2, true); }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: asterix_random CATEGORY COUNT SEED [EDITION] >FILE.pcap\n";
    return 2;
  }
  const int category = std::atoi(argv[1]);
  const auto table = asterix::FindTable(category, argc > 4 ? argv[4] : "");
  if (!table) {
    std::cerr << "asterix_random: " << table.error().Text() << '\n';
    return 2;
  }
  Writer writer(std::strtoull(argv[3], nullptr, 10));
  // libpcap's file format, raw IPv4 (link type 101).
  std::cout << Little(0xA1B2C3D4) << Number(2, 2, false) << Number(4, 2, false) << Little(0)
            << Little(0) << Little(65535) << Little(101);
  for (int n = std::atoi(argv[2]); n > 0; --n) {
    const std::string record = writer.Record(**table);
    const std::string block =
        std::string(1, static_cast<char>(category)) + Big16(3 + record.size()) + record;
    const std::string udp = Big16(8600) + Big16(8600) + Big16(8 + block.size()) + Big16(0) + block;
    const std::string ip = std::string("\x45\0", 2) + Big16(20 + udp.size()) + Number(0, 4, true) +
                           std::string("\x40\x11", 2) + Number(0, 10, true) + udp;
    std::cout << Little(1'772'366'400) << Little(0) << Little(ip.size()) << Little(ip.size()) << ip;
  }
  return std::cout.good() ? 0 : 1;
}
