// SPDX-License-Identifier: Apache-2.0
#include "picket/server/metrics.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "server/fixture.h"

namespace picket {
namespace {

bool Has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, SayWhatHealthSays) {
  const auto site = test::SmallSite();
  test::FakeJournal journal;
  Service::Options options;
  options.version = "1.2";
  options.feeds = [] {
    FeedHealth up;
    up.name = "tcp a\"b:1";
    up.state = "up";
    up.age_s = 0.5;
    up.messages = 3;
    up.messages_per_s = 1.5;
    up.reports = 2;
    up.clock = {-0.25, 0.5, -1.0, 2};
    FeedHealth same = up;
    same.state = "down";
    same.out = true;
    same.errors = 2;
    same.age_s.reset();
    return std::vector<FeedHealth>{up, same};
  };
  Service service(site, &journal, options);
  service.CountMalformed({});
  service.CountMalformed("one");
  std::vector<LiveReport> reports;
  for (int t = 0; t < 3; ++t) {
    reports.push_back(test::Live(test::Line("one", t, t == 0 ? 2 : 0)));
  }
  ASSERT_TRUE(service.TrySubmit(reports, [](const Outcome&) {}));
  service.Stop();
  const std::string text = MetricsText(service.Health());
  EXPECT_TRUE(Has(text, R"(picket_info{version="1.2",mode="run"} 1)")) << text;
  EXPECT_TRUE(Has(text, "picket_degraded 1"));
  EXPECT_TRUE(Has(text, "# TYPE picket_reports_total counter"));
  EXPECT_TRUE(Has(text, "picket_reports_total 3"));
  EXPECT_TRUE(Has(text, "picket_recording_failing 0"));
  EXPECT_TRUE(Has(text, R"(picket_refused_total{reason="not a sound report"} 2)"));
  EXPECT_TRUE(
      Has(text, R"(picket_sensor_refused_total{sensor="one",reason="not a sound report"} 1)"));
  EXPECT_TRUE(Has(text, R"(picket_sensor_detections_total{sensor="one"} 2)"));
  EXPECT_TRUE(Has(text, R"(picket_sensor_last_report_timestamp_seconds{sensor="one"} 1770000002)"));
  EXPECT_TRUE(Has(text, R"(picket_sensor_empty_looks{sensor="one"} 2)"));
  EXPECT_TRUE(Has(text, R"(picket_sensor_state{sensor="two",state="never"} 1)"));
  EXPECT_TRUE(Has(text, R"(picket_sensor_state{sensor="two",state="up"} 0)"));
  EXPECT_TRUE(Has(text, R"(picket_sensor_bias_azimuth_degrees{sensor="one"} 0)"));
  EXPECT_NE(text.find(R"(picket_sensor_bias_sd_clock_seconds{sensor="one"} )"), std::string::npos)
      << "as wide as it was when the tracker was last asked";
  EXPECT_TRUE(Has(text, R"(picket_sensor_jumps_total{sensor="one"} 0)"));
  const std::string first = R"({link="tcp a\"b:1",direction="in")";
  const std::string second = R"({link="tcp a\"b:1 #2",direction="out")";
  EXPECT_TRUE(Has(text, "picket_link_age_seconds" + first + "} 0.5")) << text;
  EXPECT_TRUE(Has(text, "picket_link_messages_per_second" + first + "} 1.5"));
  EXPECT_TRUE(Has(text, "picket_link_reports_total" + first + "} 2"));
  EXPECT_TRUE(Has(text, "picket_link_clock_offset_seconds" + first + "} -0.25"));
  EXPECT_TRUE(Has(text, "picket_link_clock_spread_seconds" + first + "} 0.5"));
  EXPECT_TRUE(Has(text, "picket_link_clock_least_seconds" + first + "} -1"));
  EXPECT_TRUE(Has(text, "picket_link_errors_total" + second + "} 2"));
  EXPECT_TRUE(Has(text, "picket_link_state" + second + R"(,state="down"} 1)"));
  EXPECT_EQ(text.find("picket_link_age_seconds" + second), std::string::npos) << "nothing is known";

  // Each time series once, and all of a name together below its type.
  std::istringstream lines(text);
  std::set<std::string> series;
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) family = line.substr(7, line.find(' ', 7) - 7);
    if (line.starts_with("#")) continue;
    EXPECT_EQ(line.substr(0, line.find_first_of("{ ")), family);
    EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << line;
  }
}

}  // namespace
}  // namespace picket
