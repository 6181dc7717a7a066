// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "picket/codec/site.h"

namespace picket {
namespace {

constexpr const char* kSite = "[site]\norigin = { lat = 37.5, lon = 127.0 }\n";
constexpr const char* kDigest = "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08";

tl::expected<Site, Errors> Parse(const std::string& toml) {
  return ParseSite(toml, "site.toml",
                   [](const std::string&) -> Result<std::string> { return Fail("no file"); });
}

std::string Texts(const Errors& errors) {
  std::string texts;
  for (const Error& error : errors) texts += error.Text() + "\n";
  return texts;
}

std::string Key(const std::string& lines) {
  return std::string(kSite) + "[[input]]\nformat = \"remote-id\"\nzmq = \"127.0.0.1:4224\"\n" +
         "[access]\n[[access.key]]\n" + lines;
}

TEST(SiteLinks, DatagramsOfAGroup) {
  const auto site = Parse(R"(
[site]
name = "Group"
origin = { lat = 37.5, lon = 127.0, height_hae_m = 60.0 }
[[input]]
format = "cot"
udp = "239.2.3.1:6969"
interface = "192.168.1.10"
[[output]]
format = "tak"
udp = "239.2.3.1:6969"
interface = "192.168.1.11"
ttl = 16
trail_s = 120
[[output]]
format = "cot"
udp = "239.2.3.1:6969"
)");
  ASSERT_TRUE(site) << site.error().front().Text();
  EXPECT_EQ(site->inputs.at(0).multicast.interface, "192.168.1.10");
  EXPECT_EQ(site->outputs.at(0).multicast.interface, "192.168.1.11");
  EXPECT_EQ(site->outputs.at(0).multicast.ttl, 16);
  EXPECT_EQ(site->outputs.at(0).trail_s, 120.0);
  EXPECT_EQ(site->outputs.at(1).multicast.interface, "");
  EXPECT_EQ(site->outputs.at(1).multicast.ttl, 1);
  EXPECT_EQ(site->outputs.at(1).trail_s, 0.0);
}

TEST(SiteLinks, AsterixOutputs) {
  const auto site = Parse(
      "[site]\norigin = { lat = 37.5, lon = 127.0 }\n[[input]]\nformat = \"remote-id\"\n"
      "zmq = \"127.0.0.1:4224\"\n[[output]]\nformat = \"asterix\"\nudp = \"239.1.1.1:8600\"\n"
      "sac = 25\nsic = 100\n[[output]]\nformat = \"asterix\"\nudp = \"127.0.0.1:8601\"\nsac = 0\n"
      "sic = 0\ncategory = 21\nevery_s = 4\n");
  ASSERT_TRUE(site) << Texts(site.error());
  EXPECT_EQ(site->inputs.at(0).zmq, "127.0.0.1:4224");
  EXPECT_EQ(site->outputs.at(0).sac, 25);
  EXPECT_EQ(site->outputs[0].sic, 100);
  EXPECT_EQ(site->outputs[0].category, 62);
  EXPECT_EQ(site->outputs.at(1).category, 21);
  EXPECT_EQ(site->outputs[1].every_s, 4.0);
}

TEST(SiteLinks, WhoMaySeeWhereOperatorsStandAndForHowLong) {
  const auto plain =
      Parse(std::string(kSite) + "[[input]]\nformat = \"remote-id\"\nzmq = \"127.0.0.1:4224\"\n");
  ASSERT_TRUE(plain) << Texts(plain.error());
  EXPECT_EQ(plain->access.operator_retention, Duration()) << "what is not asked for is not kept";
  EXPECT_TRUE(plain->access.keys.empty());

  auto site =
      Parse(std::string(kSite) + "[[input]]\nformat = \"remote-id\"\n" +
            "zmq = \"127.0.0.1:4224\"\n[access]\noperator_retention_s = 900\n" +
            "[[access.key]]\nname = \"duty officer\"\nrole = \"investigator\"\nsha256 = \"" +
            kDigest + "\"\n");
  ASSERT_TRUE(site) << Texts(site.error());
  EXPECT_EQ(site->access.operator_retention, Duration::Seconds(900.0));
  const AccessKey& key = site->access.keys.at(0);
  EXPECT_EQ(key.name, "duty officer");
  EXPECT_EQ(RoleName(key.role), "investigator");
  EXPECT_EQ(key.sha256, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
}

TEST(SiteLinks, AnUnsoundKeyIsToldWithItsLine) {
  const auto refusal = [](const std::string& lines) {
    const auto site = Parse(Key(lines));
    return site ? std::string() : Texts(site.error());
  };
  const std::string whole =
      std::string("name = \"a\"\nrole = \"investigator\"\nsha256 = \"") + kDigest + "\"\n";
  EXPECT_EQ(refusal(whole), "");
  EXPECT_EQ(refusal("name = \"a\"\nrole = \"investigator\"\nsha256 = \"secret\"\n"),
            "site.toml:10: access.key[0].sha256: is not 64 hexadecimal digits, expected those that "
            "sha256sum prints\n");
  EXPECT_NE(refusal("name = \"a\"\nrole = \"king\"\nsha256 = \"secret\"\n")
                .find("access.key[0].role: is \"king\", expected one of investigator"),
            std::string::npos);
  EXPECT_NE(refusal(whole + "[[access.key]]\n" + whole).find("access.key[1].name: is \"a\", as"),
            std::string::npos);
  EXPECT_NE(refusal("").find("access.key[0].sha256: is missing"), std::string::npos);
  EXPECT_NE(Texts(Parse(std::string(kSite) + "[access]\noperator_retention_s = 1e9\n").error())
                .find("access.operator_retention_s"),
            std::string::npos);
}

}  // namespace
}  // namespace picket
