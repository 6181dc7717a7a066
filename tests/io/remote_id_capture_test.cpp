// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "picket/io/messages.h"

namespace picket {
namespace {

/// Packs, messages by type and ids of a capture, as `convert --to json` gives them.
std::map<std::string, int> Count(const std::string& name) {
  std::map<std::string, int> count;
  CaptureOptions options;
  options.decode = {.want_json = true, .want_reports = false};
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& message) {
    const auto json = nlohmann::json::parse(message.json);
    if (json["pack"]) ++count["pack"];
    for (const auto& one : json["messages"]) {
      ++count[one["type"]];
      if (one.contains("id")) ++count[one["id"]];
    }
  };
  const std::string path = std::string(std::getenv("PICKET_DATA")) + "/remoteid/" + name;
  EXPECT_TRUE(ReadMessages(path, std::nullopt, options, sink));
  return count;
}

// Counted by tshark with Open Drone ID's dissector.
TEST(RemoteIdCapture, CountsAgreeWithTheDissector) {
  if (std::getenv("PICKET_DATA") == nullptr) GTEST_SKIP() << "PICKET_DATA is not set";
  auto wifi = Count("odid_wifi_bcn_sample.pcap");
  for (const char* type : {"pack", "basic_id", "location", "self_id", "system", "operator_id",
                           "MFG1A0123456789", "GBR-OP-123ABCD"}) {
    EXPECT_EQ(wifi[type], 21) << type;
  }
  auto ble = Count("odid_bt5_lr_sample.pcapng");
  EXPECT_EQ(ble["pack"], 271);
  EXPECT_EQ(ble["basic_id"], 247);
  EXPECT_EQ(ble["location"], 243);
  EXPECT_EQ(ble["self_id"], 235);
  EXPECT_EQ(ble["system"], 227);
  EXPECT_EQ(ble["operator_id"], 217);
  auto air = Count("bkerler_dji_air3.pcapng");
  EXPECT_EQ(air["pack"], 9);
  EXPECT_EQ(air["1581F6N8A23B2ML3Y3KR"], 9);
  auto json = Count("dragonsync_zmq_simulated.jsonl");
  EXPECT_EQ(json["basic_id"], 60);
  EXPECT_EQ(json["location"], 60);
}

}  // namespace
}  // namespace picket
