namespace EntityLab;

/// <summary>
/// Sentences in the manner of reference books, written for this purpose: names with a title before or behind them, names that are
/// told by their deeds alone, rulers, names from abroad alone and in pairs; and plants, languages, cups and schools that sound like names.
/// N a Chinese name, J a Japanese one, F one foreign word, D two or three joined, G a given name or surname alone, E a ruler, all persons;
/// L a place, O an organisation; X a title behind, Y an office before, B a word that sounds foreign and names nobody.
/// </summary>
internal static class Chronicles
{
    public static readonly string[] Patterns =
    [
        "{N}率军攻占{L}。", "{N}奉命镇守{L},次年病逝。", "{E}即位后,任命{N}为宰相。", "{N}投降{N},后被处死。", "{E}驾崩,{E}继位。", "{E}听信{N}的话,把{N}贬到{L}。",
        "宦官{N}专权,{N}上书弹劾。",
        "{N}杀死{N},自立为王。", "{N}之子{N}继承爵位。", "{N}之妻{N}氏住在{L}。", "{N}的父亲{N}曾任{L}知府。", "{N},字{G},{L}人,清朝官员。", "{N}(1902年—1978年),{L}人,画家。",
        "{N}与{N}合作完成此书。", "任{N}、{N}为副司令。", "{N}、{N}和{N}饰演三兄弟。",
        "太监{N}掌管内务。", "将军{N}击败敌军,俘虏{N}。", "大臣{N}反对{E}的决定。", "皇后{N}氏生于{L}。", "{E}的第三子。", "{E}册封她为贵妃。", "{E}帝南巡时到过{L}。", "{E}年间,此地设县。",
        "{G}治军有方,{N}十分敬重他。", "{G}说:“不可。”", "于是{G}派{N}前往{L}。", "{G}不从,{G}大怒。",
        "{N}所著的小说", "由{N}所创办的学校", "{N}童年在{L}度过。", "{N}大学毕业后到{L}工作。", "{N}自幼学习钢琴。", "{N}退役后担任教练。", "原名{N},笔名{N}。", "艺名{N},本名{N}。",
        "歌手{N}翻唱了这首歌。", "导演{N}执导", "主持人{N}和嘉宾{N}一起到场。", "作者{N}以第一人称写作。", "校长{N}致辞。", "第二任院长为{N}。", "{N}任首任所长。", "明星{N}将担任评委。",
        "漫画由{J}创作。", "{J}是日本的声优。", "动画导演为{J}。", "{J}与{J}结婚。", "知事{J}签署命令。", "{J}加盟{O}。", "作词:{J};作曲:{J}。", "首相{J}辞职。", "{J}饰演刑警。",
        "选手{J}获得金牌。",
        "{F}出生在{L}。", "{F}与{F}打算离开{L}。", "{D}是{L}的作家。", "{D}击败{D},赢得冠军。", "{F}{X}访问{L}。", "国王{F}的女儿嫁给{F}{X}。", "{Y}{F}被任命为总督。",
        "{Y}{D}宣布退位。", "{F}一世与{F}结盟。", "{F}二世死后,{F}继位。", "在{F}的帮助下,{F}逃出{L}。", "{F}写信给{F}。", "{F}小时候住在{L}。", "{F}在{L}打仗。",
        "{F}({Y}{D}饰)发现{F}失踪。", "科学家{D}提出这一理论。", "{F}认为这个结论不对。", "{D}(1845年-1910年)", "{F}的学生{F}", "得知{F}的死讯后,{F}十分悲伤。", "{F}从{L}出发。",
        "{F}没有参加。", "{F}、{F}和{F}三人", "{F}效力于{O}。", "{F}转会到{O}。", "{D}博士任{O}主席。",
        "{B}属是一种多年生草本植物。", "{B}科下的一个属", "{B}语是{L}的语言。", "{B}语和{B}语同属一个语族。", "{B}人入侵{L}。", "{B}人居住在{L}一带。", "{B}杯的决赛", "{B}式建筑", "{B}奖得主{N}",
        "{B}定理由{D}证明。", "{B}事件", "{B}战争", "{B}学校{T}", "{B}病的症状", "{B}桥位于{L}。", "{B}号驱逐舰", "{B}级巡洋舰", "{B}教派",
        "春秋时期的器物", "汉语方言", "唐代诗歌", "元宵节吃汤圆。", "高等教育", "江南水乡", "马铃薯的产量", "金属材料", "方程的解", "安全生产", "石油工业", "白血病患者", "齐国灭亡。", "孔子学院", "山东老家",
        "向东五公里", "温带气候", "高中毕业",
        "{L}盛产葡萄。", "军队撤出{L}。", "{L}位于{L}东南。", "从{L}到{L}的铁路", "{L}湖、{L}湖", "{L}河的支流", "总部设在{L}。", "{L}({Z},{Z})是一座城市。", "{D}({Z})",
        "{O}的总部", "{O}与{O}合并。", "{O}击败{O}。", "就读于{O}。", "{O}由{N}创立。", "{F}属于{O}。",
    ];

    public static readonly string[] Behind = ["王子", "公主", "伯爵", "公爵", "国王", "女王", "皇帝", "大帝", "爵士", "夫人", "先生", "教授", "将军", "主教", "总统",
        "首相", "贝勒", "上校", "医生", "本人"];
    public static readonly string[] Before = ["国王", "女王", "教皇", "主教", "大主教", "总统", "首相", "将军", "上校", "伯爵", "公爵", "演员", "作家", "画家", "作曲家",
        "建筑师", "医生", "司令", "知事", "法国人", "英国人", "德国物理学家", "美国总统"];
    private static readonly string[] Dynasties = ["唐", "宋", "明", "清", "汉", "元", "晋", "隋", "辽", "金", "魏", "周"];
    private static readonly string[] Temples = ["太祖", "太宗", "高宗", "世宗", "仁宗", "神宗", "武帝", "文帝", "景帝", "宣宗", "穆宗", "昭王", "惠王", "庄王"];
    private static readonly string[] Reigns = ["康熙", "乾隆", "雍正", "嘉庆", "道光", "光绪", "万历", "永乐", "嘉靖", "崇祯"];

    public static string Ruler(Random random)
    {
        string Pick(string[] list) => list[random.Next(list.Length)];
        return random.Next(4) switch { 0 => Pick(Reigns), 1 => Pick(Temples[..7]), _ => Pick(Dynasties) + Pick(Temples) };
    }
}
