using EdgeAgent.Knowledge;

namespace EdgeAgent.Tests.Knowledge;

/// <summary>A small library in memory, in both languages.</summary>
internal static class Libraries
{
    private static readonly SourceDocument Lathe = new("lathe.pdf", "Lathe manual", "aaaaaaaaaaaa", "en"),
        Old = new("lathe-2019.pdf", "Lathe manual 2019", "bbbbbbbbbbbb", "en"), Robot = new("robot.docx", "机器人手册", "cccccccccccc", "zh"),
        Alarms = new("alarms.csv", "alarms", "dddddddddddd", "en");

    public static Library Plant { get; } = new(
    [
        (Lathe,
        [
            new Passage("The lathe is cleaned every shift with a brush. Compressed air drives chips into the guideways and is not allowed.",
                12, "4 Cleaning", 100),
            new Passage("Tighten the chuck bolts M12 to 85 Nm in a cross pattern.\nCheck the torque again after 50 hours.",
                47, "6 Maintenance > 6.3 Torques", 900),
            new Passage("Tighten the tool turret bolts M8 to 25 Nm.", 47, "6 Maintenance > 6.3 Torques", 1000),
            new Passage("Fill the central lubrication with 2.5 l of oil ISO VG 68. The tank holds 3 l.",
                51, "6 Maintenance > 6.5 Lubrication", 1300),
            new Passage("The spindle turns at 4500 rpm at most. With chuck K250 the limit is 3200 rpm.",
                20, "5 Technical data", 600),
            new Passage("To release the emergency stop, turn the red button to the right, then press RESET on the panel.",
                15, "4 Operation > 4.2 Emergency stop", 300),
        ]),
        (Old,
        [
            new Passage("Tighten the chuck bolts M12 to 70 Nm in a cross pattern. This extract is for machines that were built before.",
                31, "Torques", 40),
        ]),
        (Robot,
        [
            new Passage("更换电池时，先切断主电源，再打开底座后盖。电池型号为 ER6V，共 4 节，每两年更换一次。", 33, "5 保养 > 5.2 更换电池", 80),
            new Passage("各轴润滑脂的加注量：J1 轴 180 ml，J2 轴 120 ml。", 35, "5 保养 > 5.3 润滑", 200),
            new Passage("按下急停按钮后，向右旋转按钮即可解除，然后按复位键。", 8, "2 安全 > 2.1 急停", 10),
            new Passage("法兰螺钉 M6 的拧紧力矩为 12 N·m。", 40, "6 安装 > 6.1 力矩", 300),
        ]),
        (Alarms,
        [
            new Passage("Code: SP-14; Meaning: Spindle drive overheated; Remedy: Clean the filter, wait 10 minutes", null, "", 0, "SP-14"),
            new Passage("Code: SP-15; Meaning: Spindle speed lost; Remedy: Check the encoder cable at X3:7", null, "", 100, "SP-15"),
            new Passage("Code: 2041; Meaning: Door open; Remedy: Close the door", null, "", 200, "2041"),
        ]),
    ]);
}
