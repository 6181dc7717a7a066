// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <iterator>

#include "asterix_tables.h"

namespace picket::asterix {

// EUROCONTROL-SPEC-0149-12 (category 21 and its reserved expansion field), -14 (20), -7 (10),
// -18 (19) and -29 (129).
const std::string_view kCooperativeTables[] = {
    R"(
category 21 editions 2.1-2.7 default 2.6
008 F ra:1 tc:2 ts:1 arv:1 cdti_a:1 not_tcas:1 sa:1
010 F sac:8 sic:8
015 F service:8
016 F period_s:8*1/2
020 F emitter:8{none,light,small,medium,high vortex,heavy,manoeuvrable,,,,rotorcraft,glider,
   lighter than air,unmanned,space,ultralight,parachutist,,,,emergency vehicle,service vehicle,
   fixed obstruction,cluster obstacle,line obstacle}
040 X atp:3{icao,duplicate,surface vehicle,anonymous} arc:2{25 ft,100 ft,unknown,invalid} rc:1 rab:1
   | dcr:1 gbs:1 sim:1 tst:1 saa:1 cl:2{valid,suspect,no information}
   | -:1 llc:1 ipc:1 nogo:1 cpr:1 ldpj:1 rcf:1
   | tbc_ep:1 tbc:6
   | mbc_ep:1 mbc:6
070 F -:4 mode_3a:12o
071 F time_s:24*1/128
072 F time_s:24*1/128
073 F time_s:24*1/128
074 F fsi:2 fraction_s:30*1/1073741824
075 F time_s:24*1/128
076 F fsi:2 fraction_s:30*1/1073741824
077 F time_s:24*1/128
080 F address:24x
090@-2.6 X nuc_r_nac_v:3 nuc_p_nic:4 | nic_baro:1 sil:2 nac_p:4
   | -:2 sils:1{per flight-hour,per sample} sda:2 gva:2 | pic:4 -:3
090@2.7- X nuc_r_nac_v:3 nuc_p_nic:4 | nic_baro:1 sil:2 nac_p:4
   | -:2 sils:1{per flight-hour,per sample} sda:2 gva:2 | pic:4 src:1{mapped,received} -:2
   | -:2 val_ep:1 val:2{not performed,performed,pass,fail} vd:1 vq:1
   | distance_high_m:7*128 | distance_low_m:7 | quality_high_m:7*128 | quality_low_m:7
110 C
.tis X nav:1{available,not available} nvb:1{valid,not valid} -:5
.tid R tca:1{available,not available} nc:1 tcp:6 altitude_ft:16s*10
   lat_deg:24s*180/8388608 lon_deg:24s*180/8388608 pt:4 td:2{none,right,left,no turn} tra:1
   toa:1{available,not available} tov_s:24 ttr_nm:16*1/100
130 F lat_deg:24s*180/8388608 lon_deg:24s*180/8388608
131 F lat_deg:32s*180/1073741824 lon_deg:32s*180/1073741824
132 F amplitude_dbm:8s
140 F geometric_ft:16s*25/4
145 F level_fl:16s*1/4
146 F sas:1 src:2{unknown,aircraft altitude,mcp/fcu,fms} selected_ft:13s*25
148 F mv:1 ah:1 am:1 final_selected_ft:13s*25
150 F im:1{ias,mach} ias_nm_per_s:15*1/16384?im=0 &ias_mach:15*1/1000?im=1
151 F re:1 tas_kt:15
152 F magnetic_heading_deg:16*360/65536
155 F re:1 barometric_climb_ft_per_min:15s*25/4
157 F re:1 geometric_climb_ft_per_min:15s*25/4
160 F re:1 ground_speed_nm_per_s:15*1/16384 track_angle_deg:16*360/65536
161 F -:4 track:12
165 F -:6 turn_deg_per_s:10s*1/32
170 F callsign:48c
200 F icf:1 lnav:1{engaged,not engaged} me:1 ps:3{none,general,medical,minimum fuel,
   no communications,unlawful interference,downed} ss:2{none,permanent alert,temporary alert,spi}
210 F -:1 vns:1 vn:3{do-260,do-260a,do-260b,do-260c} ltt:3{other,uat,1090 es,vdl 4}
220 C
.ws F wind_kt:16
.wd F wind_deg:16
.tmp F temperature_c:16s*1/4
.trb F turbulence:8
230 F roll_deg:16s*1/100
250 R mb:56x bds1:4x bds2:4x
260 F typ:5 styp:3 ara:14x rac:4x rat:1 mte:1 tti:2 tid:26x
271@-2.1 X -:2 poa:1 cdti_s:1 b2_low:1 ras:1 ident:1 | -:4 length_width:4
271@2.2- X -:2 poa:1 cdti_s:1 b2_low:1 ras:1 ident:1 | length_width:4 -:3
295 C
.aos F aos_age_s:8*1/10
.trd F trd_age_s:8*1/10
.m3a F m3a_age_s:8*1/10
.qi F qi_age_s:8*1/10
.ti1 F ti1_age_s:8*1/10
.mam F mam_age_s:8*1/10
.gh F gh_age_s:8*1/10
.fl F fl_age_s:8*1/10
.sal F sal_age_s:8*1/10
.fsa F fsa_age_s:8*1/10
.as F as_age_s:8*1/10
.tas F tas_age_s:8*1/10
.mh F mh_age_s:8*1/10
.bvr F bvr_age_s:8*1/10
.gvr F gvr_age_s:8*1/10
.gv F gv_age_s:8*1/10
.tar F tar_age_s:8*1/10
.ti2 F ti2_age_s:8*1/10
.ts F ts_age_s:8*1/10
.met F met_age_s:8*1/10
.roa F roa_age_s:8*1/10
.ara F ara_age_s:8*1/10
.scc F scc_age_s:8*1/10
400 F receiver:8
RE E
.bps F -:4 pressure_hpa:12*1/10+800
.sh F -:4 hdr:1{true,magnetic} stat:1{invalid,valid} selected_heading_deg:10*45/64
.nav F ap:1 vn:1 ah:1 am:1 mfm_ep:1 mfm:1 -:2
.gao F gps_offset:8x
.sgv X stp:1 hts:1 htt:1{heading,ground track} hrd:1{true,magnetic} ground_speed_kt:11*1/8
   | heading_deg:7*45/16
.sta X es:1 uat:1 rce_ep:1 rce:2 rrl_ep:1 rrl:1
   | ps3_ep:1 ps3:3 tpw_ep:1 tpw:2
   | tsi_ep:1 tsi:2 muo_ep:1 muo:1{manned,unmanned} rwc_ep:1 rwc:1
   | daa_ep:1 daa:2 df17ca_ep:1 df17ca:3
   | svh_ep:1 svh:2 catc_ep:1 catc:3
   | tao_ep:1 tao:5 -:1
.tnh F true_heading_deg:16*360/65536
.mes C
..sum F m5:1 id:1 da:1 m1:1 m2:1 m3:1 mc:1 po:1
..pno F -:2 pin:14x -:5 no:11x
..em1 F v:1 -:1 l:1 -:1 em1:12o
..xp F -:2 xp:1 x5:1 xc:1 x3:1 x2:1 x1:1
..fom F -:3 fom:5
..m2 F v:1 -:1 l:1 -:1 mode_2:12o
uap 010 040 161 015 071 130 131 072 150 151 080 073 074 075 076 140 090 210 070 230 145
   152 200 155 157 160 165 077 170 020 220 146 148 110 016 008 271 132 250 260 400 295
   - - - - - RE SP
)",
    R"(
category 21 editions 0.23-0.26 default 0.26
010 F sac:8 sic:8
020 F emitter:8{,light,,medium,,heavy,manoeuvrable,,,,rotorcraft,glider,lighter than air,
   unmanned,space,ultralight,parachutist,,,,emergency vehicle,service vehicle,fixed obstruction}
030 F time_s:24*1/128
032 F time_accuracy_s:8*1/256
040 F dcr:1 gbs:1 sim:1 tst:1 rab:1 saa:1 spi:1 -:1
   atp:3{non unique,icao,surface vehicle,anonymous} arc:2{unknown,25 ft,100 ft} -:3
070 F v:1{validated,not validated} g:1{default,garbled} l:1 -:1 mode_3a:12o
080 F address:24x
090 F ac:2{unknown,not operational,operational,invalid}
   mn:2{unknown,not operating,operating,invalid} dc:2{unknown,differential,none,invalid} -:6
   position_accuracy:4
095 F velocity_accuracy:8
110 C
.tis X nav:1{available,not available} nvb:1{valid,not valid} -:5
.tid R tca:1{available,not available} nc:1 tcp:6 altitude_ft:16s*10
   lat_deg:24s*180/8388608 lon_deg:24s*180/8388608 pt:4 td:2{none,right,left,no turn} tra:1
   toa:1{available,not available} tov_s:24 ttr_nm:16*1/100
130@-0.23 F lat_deg:24s*180/8388608 lon_deg:24s*180/8388608
130@0.24- F lat_deg:32s*180/33554432 lon_deg:32s*180/33554432
131 F amplitude:8
140 F geometric_ft:16s*25/4
145 F level_fl:16s*1/4
146 F sas:1 src:2{unknown,aircraft altitude,mcp/fcu,fms} selected_ft:13s*25
148 F mv:1 ah:1 am:1 final_selected_ft:13s*25
150 F im:1{ias,mach} ias_nm_per_s:15*1/16384?im=0 &ias_mach:15*1/1000?im=1
151 F tas_kt:16
152 F magnetic_heading_deg:16*360/65536
155 F barometric_climb_ft_per_min:16s*25/4
157 F geometric_climb_ft_per_min:16s*25/4
160 F ground_speed_nm_per_s:16s*1/16384 track_angle_deg:16*360/65536
165 X ti:2{not available,left,right,straight} -:5 | turn_deg_per_s:7s*1/4
170 F callsign:48c
200 F status:8{none,general,medical,minimum fuel,no communications,unlawful interference}
210 F -:3 dti:1 mds:1 uat:1 vdl:1 otr:1
220 C
.ws F wind_kt:16
.wd F wind_deg:16
.tmp F temperature_c:16s*1/4
.trb F turbulence:8
230 F roll_deg:16s*1/100
uap 010 040 030 130 080 140 090 210 230 145 150 151 152 155 157 160 165 170 095 032 200
   020 220 146 148 110 070 131 - - - - - RE SP
)",
    R"(
category 20 editions 1.5-1.11 default 1.10
010 F sac:8 sic:8
020 X ssr:1 ms:1 hf:1 vdl4:1 uat:1 dme:1 ot:1
   | rab:1 spi:1 chn:1 gbs:1 crt:1 sim:1 tst:1 | cf:2{icao,non-icao,not ads-b,unknown} -:5
030 RX code:7
041 F lat_deg:32s*180/33554432 lon_deg:32s*180/33554432
042 F x_m:24s*1/2 y_m:24s*1/2
050 F v:1{validated,not validated} g:1{default,garbled} l:1 -:1 mode_2:12o
055 F v:1{validated,not validated} g:1{default,garbled} l:1 mode_1:5x
070 F v:1{validated,not validated} g:1{default,garbled} l:1 -:1 mode_3a:12o
090 F v:1{validated,not validated} g:1{default,garbled} level_fl:14s*1/4
100 F v:1{validated,not validated} g:1{default,garbled} -:2 mode_c_gray:12x
   -:4 qc1:1 qa1:1 qc2:1 qa2:1 qc4:1 qa4:1 qb1:1 qd1:1 qb2:1 qd2:1 qb4:1 qd4:1
105 F geometric_ft:16s*25/4
110 F height_ft:16s*25/4
140 F time_s:24*1/128
161 F -:4 track:12
170 X in_initiation:1 tre:1 cst:1 cdm:2{level,climbing,descending,invalid} mah:1 sth:1
   | gho:1 -:6
202 F vx_mps:16s*1/4 vy_mps:16s*1/4
210 F ax_mps2:8s*1/4 ay_mps2:8s*1/4
220 F address:24x
230@-1.10 F com:3 stat:3 -:2 mssc:1 arc:1{100 ft,25 ft} aic:1 b1a:1 b1b:4x
230@1.11- F com:3 stat:3 cas_version:2{not extended,acas xa 1,acas xu 1}
   mssc:1 arc:1{100 ft,25 ft} aic:1 b1a:1 b1b:4x
245 F sti:2{not downlinked,registration,callsign,undefined} -:6 callsign:48c
250 R mb:56x bds1:4x bds2:4x
260 F acas_ra:56x
300 F fleet:8{unknown,atc maintenance,airport maintenance,fire,bird scarer,snow plough,
   runway sweeper,emergency,police,bus,tug,grass cutter,fuel,baggage,catering,
   aircraft maintenance,follow me}
310 F trb:1 message:7{,towing,follow me,runway check,emergency operation,work in progress}
400 R devices:8x
500 C
.dop F x:16*1/4 y:16*1/4 xy:16*1/4
.sdp F x_m:16*1/4 y_m:16*1/4 correlation_xy:16s*1/4
.sdh F geometric_m:16*1/2
uap 010 020 140 041 042 161 170 070 202 090 100 220 245 110 105 210 300 310 500 400 250
   230 260 030 055 050 RE SP
)",
    R"(
category 10 editions 1.1 default 1.1
000 F type:8{,target report,start of update cycle,periodic status,event status}
010 F sac:8 sic:8
020 X typ:3{ssr multilateration,mode s multilateration,ads-b,psr,magnetic loop,
   hf multilateration,undefined,other} dcr:1 chn:1 gbs:1 crt:1
   | sim:1 tst:1 rab:1 lop:2{undetermined,loop start,loop finish}
   tot:2{undetermined,aircraft,ground vehicle,helicopter} | spi:1 -:6
040 F rho_m:16 theta_deg:16*360/65536
041 F lat_deg:32s*180/2147483648 lon_deg:32s*180/2147483648
042 F x_m:16s y_m:16s
060 F v:1{validated,not validated} g:1{default,garbled} l:1 -:1 mode_3a:12o
090 F v:1{validated,not validated} g:1{default,garbled} level_fl:14s*1/4
091 F height_ft:16s*25/4
131 F amplitude:8
140 F time_s:24*1/128
161 F -:4 track:12
170 X in_initiation:1 tre:1 cst:2 mah:1 tcc:1 sth:1
   | tom:2{unknown,taking off,landing,other} dou:3 mrs:2 | gho:1 -:6
200 F speed_nm_per_s:16*1/16384 track_angle_deg:16*360/65536
202 F vx_mps:16s*1/4 vy_mps:16s*1/4
210 F ax_mps2:8s*1/4 ay_mps2:8s*1/4
220 F address:24x
245 F sti:2{downlinked,callsign not downlinked,registration not downlinked} -:6 callsign:48c
250 R mb:56x bds1:4x bds2:4x
270 X length_m:7 | orientation_deg:7*360/128 | width_m:7
280 R drho_m:8s dtheta_deg:8s*15/100
300 F fleet:8{unknown,atc maintenance,airport maintenance,fire,bird scarer,snow plough,
   runway sweeper,emergency,police,bus,tug,grass cutter,fuel,baggage,catering,
   aircraft maintenance}
310 F trb:1 message:7{,towing,follow me,runway check,emergency operation,work in progress}
500 F sd_x_m:8*1/4 sd_y_m:8*1/4 covariance_xy:16s*1/4
550 F nogo:2{operational,degraded,nogo} ovl:1 tsv:1{valid,invalid} div:1 ttf:1 -:2
uap 010 000 020 140 041 040 042 200 202 161 170 060 220 245 250 300 090 091 270 550 310
   500 280 131 210 - SP RE
)",
    R"(
category 19 editions 1.2-1.3 default 1.3
000 F type:8{,start of update cycle,periodic status,event status}
010 F sac:8 sic:8
140 F time_s:24*1/128
550 F nogo:2{operational,degraded,nogo,undefined} ovl:1 tsv:1{valid,invalid} ttf:1 -:3
551 F tp1_exec:1 tp1_good:1 tp2_exec:1 tp2_good:1 tp3_exec:1 tp3_good:1 tp4_exec:1 tp4_good:1
552 R sensor:8 -:1 rx_1090:1 tx_1030:1 tx_1090:1 good:1 online:1 -:2
553 X ref_1:2{,warning,faulted,good} -:2 ref_2:2{,warning,faulted,good} -:1
   | ref_3:2{,warning,faulted,good} -:2 ref_4:2{,warning,faulted,good} -:1
600 F lat_deg:32s*180/1073741824 lon_deg:32s*180/1073741824
610 F height_m:16s*1/4
620 F undulation_m:8s
uap 010 000 140 550 551 552 553 600 610 620 - - RE SP
)",
    // Item 120 is of three octets in its description (5.2.12) and of one in the profile: its
    // description is followed. Characters of the serial number have no stated code: kept as hex.
    R"(
category 129 editions 1.1-1.2 default 1.2
010 F sac:8 sic:8
015 F dac:8 dic:8
020 F manufacturer:24a
030 F model:24a
040 F serial_front:48x serial_back:48x
050 F country:16a
070 F time_s:24*1/128
080 F lat_deg:32s*180/1073741824 lon_deg:32s*180/1073741824
090 F height_amsl_m:24s*1/10
100 F height_agl_m:24s*1/10
110 F position_cep_m:16
120 F ucc:2{unknown,open,specific,certified} arc:2 aec:4 -:16
185 F vx_mps:20s*1/100 vy_mps:20s*1/100
220 F -:4 climb_mps:20s*1/100
uap 010 015 020 030 040 050 070 080 090 100 110 120 SP 185 220 - - - - - -
)"};
const std::size_t kCooperativeTableCount = std::size(kCooperativeTables);

}  // namespace picket::asterix
