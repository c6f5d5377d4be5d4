using System.IO.Compression;
using System.Text.Json;
using EdgeAgent.Privacy.Entities;

namespace EntityLab;

/// <summary>
/// Chinese: labelled sentences, sentences we generate around names and places, and a lexicon of words, names and divisions.
/// </summary>
internal static class ChineseLab
{
    private static readonly string[] Compound = ["欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯"];

    public static Lab Create(string data)
    {
        var words = new Dictionary<string, (byte Classes, byte Weight)>(StringComparer.Ordinal);
        void Add(string word, byte classes, double frequency = 0)
        {
            if (word.Length is 0 or > 6) return;
            var old = words.GetValueOrDefault(word);
            words[word] = ((byte)(old.Classes | classes), Math.Max(old.Weight, (byte)Math.Clamp(4 * Math.Log2(frequency + 1), 0, 255)));
        }
        List<string> people = [], strangers = [], foreignCities = [];
        Dictionary<char, double> foreign = [], native = [], running = [];
        void Count(Dictionary<char, double> counts, string text, double by)
        {
            foreach (var c in text)
                counts[c] = counts.GetValueOrDefault(c) + by;
        }
        using (var stream =
            new StreamReader(new GZipStream(File.OpenRead(Path.Combine(data, "ner/zh/jieba_dict.txt.gz")), CompressionMode.Decompress)))
            while (stream.ReadLine() is { } line)
            {
                var parts = line.Split(' ');
                if (parts.Length < 3) continue;
                var tag = parts[2];
                var kind = tag.StartsWith("nr", StringComparison.Ordinal)
                    ? HanFeatures.Person
                    : tag == "ns"
                    ? HanFeatures.Place : tag == "nt" ? HanFeatures.Organization : tag == "nz" ? HanFeatures.Proper : HanFeatures.Word;
                Add(parts[0], kind, double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
                if (tag.Length == 0 || tag[0] != 'n' || tag == "n")
                    Count(running, parts[0], double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
                Count(tag == "nrt" ? foreign : native, parts[0], tag == "nrt" ? 1 : tag is "n" or "v" or "nr" or "a" or "d" ? 0.1 : 0.02);
                if (tag == "nr" && parts[0].Length is 2 or 3) people.Add(parts[0]);
                if (tag == "nrt" && parts[0].Length is >= 2 and <= 6) strangers.Add(parts[0]);
            }
        var surnames = File.ReadLines(Path.Combine(data, "ner/zh/surnames-cc0.txt")).Where(l => l.Length > 0 && l[0] != '#')
            .Select(l => l.Trim()).Concat(Compound).Distinct().ToList();
        foreach (var surname in surnames) Add(surname, HanFeatures.Surname);
        var lists = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(data, "ner/names/faker_lists.json"))).RootElement;
        List<string> Names(string list) =>
            [.. lists.GetProperty("ja_JP").GetProperty("person").GetProperty(list).EnumerateArray().Select(e => e.GetString()!)
                .Where(n => n.All(c => c >= 0x4e00))];
        var named = people.Where(p => surnames.Contains(p[..1])).ToList();
        var given = named.Select(p => p[1..]).GroupBy(g => g).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
        foreach (var name in given) Add(name, HanFeatures.Given);
        var divisions = new List<string>();
        foreach (var file in new[] { "provinces.csv", "cities.csv", "areas.csv" })
            foreach (var line in File.ReadLines(Path.Combine(data, "ner/zh", file)).Skip(1))
            {
                var name = line.Split(',')[1].Trim('"');
                if (name is "市辖区" or "县" or "省直辖县级行政区划" or "自治区直辖县级行政区划") continue;
                divisions.Add(name);
                Add(name, HanFeatures.Division);
                if (name.Length > 2 && "省市区县州盟旗".Contains(name[^1], StringComparison.Ordinal)) Add(name[..^1], HanFeatures.Division);
            }
        foreach (var line in File.ReadLines(Path.Combine(data, "ner/names/cities_zh.csv")).Skip(1))
            if (line.Split(',') is [var quoted, var country, ..] && quoted.Trim('"') is { Length: >= 2 } city && city.All(c => c >= 0x4e00))
            {
                Add(city, HanFeatures.Place);
                if (country is "CN" or "TW" or "HK" or "JP" or "KR" or "KP" or "SG" or "MO") continue;
                foreignCities.Add(city);
                Count(foreign, city, 1);
            }
        // characters that write sounds: more at home in foreign names than in words
        foreach (var (c, often) in foreign)
            if (often >= 5 && often > native.GetValueOrDefault(c)) Add(c.ToString(), HanFeatures.Proper);
        // odds of characters in names against running text (the word list by its frequencies)
        void Odds(char kind, IEnumerable<char> seen)
        {
            var counts = seen.GroupBy(c => c).ToDictionary(g => g.Key, g => g.Count());
            double total = counts.Values.Sum(), runningTotal = running.Values.Sum();
            foreach (var (c, n) in counts)
                if (n > 1)
                    words[$"{kind}{c}"] = (HanFeatures.Word,
                        (byte)Math.Clamp(128
                            + HanFeatures.OddsScale * Math.Log2(n / total / ((running.GetValueOrDefault(c) + 1000) / runningTotal)), 1,
                            255));
        }
        foreach (var word in Terms.Concat(NoPersons))
            if (words.TryGetValue(word, out var taken)) words[word] = (HanFeatures.Word, taken.Weight);
        var all = running.Values.Sum();
        foreach (var (c, n) in running)
            words[$"{HanFeatures.Running}{c}"] = (HanFeatures.Word,
                (byte)Math.Clamp(-HanFeatures.OddsScale * Math.Log2((n + 1) / all), 1, 255));
        Odds(HanFeatures.SurnameOdds,
            named.Select(p => p[0]).Concat(surnames.Where(s => s.Length == 1).SelectMany(s => Enumerable.Repeat(s[0], 3))));
        Odds(HanFeatures.FirstOdds, named.Where(p => p.Length == 3).Select(p => p[1]));
        Odds(HanFeatures.LastOdds, named.Select(p => p[^1]));
        Odds(HanFeatures.ForeignOdds, strangers.SelectMany(s => s).Concat(foreignCities.SelectMany(c => c)));
        var alphabets = AlphabetWords.Load(data);
        foreach (var (word, (classes, _)) in alphabets.Classes)
            if (word.Where(c => c != ' ').ToArray() is { Length: >= 2 and <= HanFeatures.MaxLatin } letters
                && letters.All(char.IsAsciiLetterLower))
            {
                var key = HanFeatures.LatinKey + new string(letters);
                words[key] = ((byte)(words.GetValueOrDefault(key).Classes | classes), 0);
            }
        List<Sentence> Load(string name, Blanks blanks) => Reader.Columns(Path.Combine(data, "ner/zh", name), 1, 2, ['\t'], blanks);
        const string Train = "zh_gsdsimp-ud-train.iob2";
        List<Sentence> labelled = Load(Train, Blanks.Nowhere), spaced = Load(Train, Blanks.BetweenLatin);
        List<string> known = [
            .. strangers.Where(f => f.Length is >= 2 and <= 5 && f.All(c => words.ContainsKey($"{HanFeatures.ForeignOdds}{c}")))],
            usual = surnames[..Math.Min(150, surnames.Count)];
        // every run has made-up sentences of its own: none is learned by heart
        IReadOnlyList<Sentence> Training(int run) =>
        [
            .. run % 4 == 3 ? spaced : labelled, .. Generate(new Random(7 + 100 * run), usual, given, divisions, 2600),
            .. Tell(new Random(8 + 100 * run), (usual, given), (Names("last_names"), Names("first_names")), known, foreignCities, divisions,
                1000),
            .. Mixed.Write(new Random(9 + 100 * run), alphabets, known, foreignCities, divisions, Terms, 600),
        ];
        // the peer: LAC 2.1.2 on the same sentences
        return new Lab(new HanFeatures(), Lexicon.Build(words), Training, Load("zh_gsdsimp-ud-dev.iob2", Blanks.Nowhere),
            Log2Rows: 20)
        { Epochs = 12, Runs = 32, Dropout = 0.3f, Step = 0.125f, Peer = [0.740, 0.645, 0.563], PeerCharacters = 0.845 };
    }

    /// <summary>Sentences of a factory floor, written for this purpose; P a person, L a place, O an organisation.</summary>
    private static readonly string[] Patterns =
    [
        "请{P}师傅看一下三号机床", "联系人:{P}", "{P}师傅说主轴报警SP-14", "{P}的工号是多少", "夜班由{P}负责", "{P}和{P}今天换班", "通知{P}工程师到现场", "操作工{P},电话在登记表上",
        "{P}(维修班)报告传送带停机", "{P}让我问一下刀具怎么换", "我是{P},机器人报警了怎么办", "班长{P}", "{P}经理批准了吗", "把零件寄到{A}", "地址:{A}", "地址是{A}", "样品发到{A},收件人{P}",
        "{P},{A}", "公司在{A}", "{A}离这里多远", "从{L}到{L}要多久", "{L}工厂的设备", "{L}那边的客户", "寄回{L}",  "{L}分厂的{P}来过吗",
        "客户{O}的订单什么时候交", "{O}的{P}要来参观", "供应商是{O}", "{O}退回了一批零件", "刀片由{O}提供", "{P}昨天从{L}出差回来", "{P}住在{L}", "问一下质检员{P}", "昨天{P}把急停按了",
        "{P}{R}让我查产量", "{R}{P}签了字", "找{P}{R}批一下", "请{P}{R}过来", "{R}是{P}", "{P}{R}在吗", "{R}:{P}", "{P}说可以先开机", "转告{P}{R},备件到了", "问{P}{R}要钥匙",
        "微信号发给{P}", "电话打给{P}", "{P}没打卡", "税号和{O}的开票信息", "开票单位:{O}", "{O}的轴承什么时候到", "客户{O}投诉毛刺", "{O}派人来修", "和{O}签的合同", "谁是{P}",
        "{P}总在{L}开会",
        "{P}报修{T}", "{P}调整了{T}", "{P}擅自改了{T}的参数", "{P}更换了{T}", "{P}负责{T}", "{P}、{P}和{P}参加培训", "昨晚{P}把{T}打开了", "问{P}就行", "这件事问{P}",
        "把报告发给{P}和{P}", "发给{P}", "跟{P}说一下", "让{P}去看{T}", "叫{P}过来", "由{P}接班", "夜班是{P}和{P}", "值班的是{P}", "是{P}批准的吗", "是{P}按的急停",
        "{R}{P}检查了{T}", "{R}{P}报告{T}停了", "{R}{P}不在", "{P}{R}批准", "{P}{R}修好了{T}", "新来的{P}不会调{T}", "本人{P},申请调班", "我叫{P},工位12", "我是装配线的{P}",
        "仓库的{P}领了两个{T}", "{P}的班次", "{P}的培训记录在哪", "{P}的权限怎么开通", "{P}昨天加班了吗", "{P}今天请假", "{P}刷卡进了配电室", "{P}在3号机台受伤了", "{P}先生要求退货",
        "{P}女士投诉发货慢", "客户{P}催货", "{P}和{P}谁在", "{P}(质检)判定不合格", "{P}录入的程序是哪个", "没有找到{P}", "{P}下班了吗", "{P}与{P}换班", "替{P}打卡", "听{P}说{T}坏了",
        "据{P}反映,{T}有异响", "{P}:{T}已经修好", "报修人:{P}", "班组:{P}", "审核 {P}", "签名:{P}",
        "主轴温度过高怎么处理", "冷却液多久换一次", "三号机报警RB-12", "急停怎么复位", "传送带卡住了,请维修", "扭矩25牛米", "换刀步骤是什么", "今天产量多少", "气压低于0.4兆帕", "夜班几点开始", "液压站漏油怎么办",
        "机器人回零怎么做",
        "班次安排表在哪里", "品质不良率是多少", "光幕被遮挡", "白班和夜班怎么交接", "请检查变频器参数", "程序号O1234无法运行",
        "{T}报警{K}怎么办", "{T}怎么调整?", "麻烦查一下{T}", "{T}跳出{K},要我干什么?", "{T}具体怎么操作", "能教我怎么调{T}吗", "麻烦查{T}", "{T}坏了", "{K}是什么报警", "{T}和{T}的区别",
        "{P}问{T}怎么调", "更换{T}要多久", "{T}的{K}报警", "{T}", "检查{T}再开机",
        "QQ {D} 发我程序", "qq号{D}传一下图", "加微信{W}发图纸", "通行证{W}有效吗", "员工编号 {W} 忘记打卡", "机身号 {W} 报修", "生日1994年2月8日的员工", "手机号{D},他在哪", "叉车司机手机{D}",
        "联系人:{P} 手机 {D} 微信 {W}", "{P},电话{D}", "{P}的工号{W}", "MAC {X} 不在白名单", "网关 {X} 掉线", "电机{W}", "{T}{W}缺货", "料号 {W} 库存", "条码{D}扫不出",
        "批次{D}", "序列号{W}", "程序{W}跑不了", "单号 {D} 到哪了", "{P}把{W}寄到{L}", "白名单怎么加", "{T}型号{W}", "图纸{W}第3版", "{O}的合同号{D}",
    ];

    /// <summary>Words of the floor that begin like names.</summary>
    private static readonly string[] Terms = ["张紧轮", "张拉设备", "工作台", "张力", "皮带张力", "安全门", "安全光幕", "常闭触点", "高压泵", "温度", "马达", "水泵", "石墨",
        "金属屑", "方向阀", "任务单", "时间继电器", "白班", "中班时间", "夜班", "程序", "车床", "项目号", "管路", "包装线", "毛刺", "余量", "单元门", "安装位", "计数器", "成品率", "关节轴",
        "全自动模式", "强电柜", "龙门架", "平台", "段码", "轴径公差", "周期", "严格模式", "元件", "曲轴", "孔径", "丝杠", "冷却液", "卡盘", "夹具", "滚轮", "传感器", "冯氏应力", "班次",
        "易损件", "沙箱", "白光灯", "蓝图", "伍德合金", "经纬仪", "危险区", "田口法", "田口方法", "田口设计", "田口", "石英砂", "唐突停机", "贝氏体", "洛氏硬度", "马氏体", "布氏硬度", "维氏硬度",
        "奥氏体", "牛顿米", "钟形罩", "江水", "石棉垫", "金相", "常规", "连杆", "万能表", "高温", "方头", "焦炭", "水平", "白色", "黄油", "蓝牙", "路由器", "程控", "边缘", "成型",
        "巧克力色", "金刚砂", "金刚石刀具", "金刚石笔", "金属", "金属粉末", "雷达传感器", "毫米波雷达", "雷达物位计", "激光雷达", "华氏度", "摄氏度", "华氏温度", "石膏", "石蜡", "石墨电极", "石英管",
        "钢珠", "马弗炉", "马力", "牛皮纸", "万向节", "万向轮", "万能铣", "丁字尺", "丁腈手套", "丁酮", "包装箱", "包边机", "边角料", "车刀", "车间", "程序段", "段差", "方钢", "方管", "方孔",
        "符号", "甘油", "高速钢", "高频焊", "高度尺", "高压釜", "关节", "管钳", "管螺纹", "管件", "国标", "航空插头", "和面机", "荷重", "衡器", "胡桃木", "花键", "黄铜", "黄油枪", "黄线",
        "计量", "简图", "焦距", "康铜", "孔距", "孔板", "蓝光", "冷轧", "冷镦", "冷凝器", "连轴", "连续模", "龙门铣", "路径", "罗拉", "罗茨泵", "罗纹", "毛坯", "毛刷", "毛边", "米尺",
        "明火", "莫氏锥度", "牛油", "欧姆", "欧姆表", "平垫", "平衡块", "强电", "青铜", "曲柄", "全检", "任务", "沙轮", "盛料盘", "施工", "时序", "双头", "水箱", "水泥", "司机", "松紧",
        "宋体", "苏打", "苏打粉", "陶瓷刀", "童锁", "涂层", "涂料", "万用表", "王水", "温控", "温差", "文丘里", "向心轴承", "项目", "许可", "严禁", "颜色", "颜料", "杨木", "杨氏模量",
        "叶片", "叶轮", "易拉罐", "殷钢", "应力", "应变片", "余热", "余料", "元器件", "云台", "云母", "查表", "钟表", "周波", "周转箱", "左旋", "左右手", "左侧", "白钢刀", "白板", "白炽灯",
        "白铁皮", "班组长", "常温", "常开", "成品", "成套", "戴手套", "单向阀", "单片机", "安培", "安培表", "安装孔", "安全帽", "杜仲胶", "范围", "费用", "封口机", "封箱机", "富氧", "顾客",
        "解锁"];

    /// <summary>Behind a surname these begin like a form of address and are none (工, 总, 师).</summary>
    private static readonly string[] Parted = ["工作台", "工作服", "工作灯", "工件", "工位", "工装", "工序", "工段", "工具柜", "总阀", "总线", "总成", "总闸", "总装线",
        "师范"];

    /// <summary>Words that the word list takes for persons.</summary>
    private static readonly string[] NoPersons = ["田口", "雷达", "雷达员", "雷达表", "金刚石", "金刚砂", "华氏", "白班", "白炽", "石墨", "冷却水", "冷加工", "冷处理",
        "冷启动", "冷冲模", "冷开水", "冷温水", "冷钢化", "冷锻法", "冷阴极", "丁字规", "丁烯", "万全", "万向轮", "万能表", "万能键", "严密性", "井喷式", "伏安计", "伏安表", "伏特计", "包裹单",
        "包扎法", "单一化", "单侧性", "单循环", "单向", "卫护", "向心力", "向光性", "向左转", "向右转", "向后转", "吉普车", "周转", "周缘", "周边", "史前", "商妥", "夏令时", "孔径", "孔眼",
        "孔口", "安全壳", "安全带", "安全性", "安全感", "安全灯", "安全门", "安培力", "安培数", "安培计", "安置费", "安检门", "安危", "安然", "安神", "宣传册", "宣传品", "宣传牌", "宣传费",
        "宿舍区", "富集", "封缄", "屈光度", "展开式", "巩固率", "巴士", "平屋顶", "平开窗", "平移门", "平方和", "平卧", "平躺", "应力", "应答器", "应答机", "应变", "张力", "张力计", "张开",
        "张量", "张贴", "强光照", "管壁", "管式泵", "管道工", "索取权", "练习册", "罗盘", "罗盘针", "胡桃钳", "花名册", "苏打水", "蓝光刻", "蓝墨水", "蓝黑", "蓝绿色", "许可", "许可证",
        "许可费", "许可权", "衡器", "解密器", "解调器", "解释权", "车库", "边境证", "连贯性", "连锁性", "连环", "金属", "金库门", "金银制", "钟声", "钟点工", "钟罩状", "银丝", "门窗厂",
        "阳台窗", "阳光房", "陈列室", "陈列架", "陈列", "陈旧", "陈设", "陈述", "陶瓷工", "雷射", "雷轰", "顾客", "顾问", "马口铁", "马路边", "马达声", "马鞍形", "高亮度", "高含水", "高增值",
        "高新区", "高清化", "高温区", "高温计", "高端化", "高纯水", "高能键", "高速性", "高通", "高阶", "黄油", "黄铁矿", "黄绿色", "黄豆粒", "齐全", "齐备", "齐声", "丰富化", "丰水年",
        "全双工", "全屏幕", "任务栏", "任意键", "公开化", "冷夏", "常温", "常开", "常见病", "荣誉", "谢幕", "路堤式", "易损"];

    /// <summary>One name in so many is on no list.</summary>
    private const int Unlisted = 6;

    /// <summary>Given names that are words, too.</summary>
    private static readonly string[] PlainNames = ["洋", "野", "重", "远", "圆", "磊", "雪", "雨", "山", "辉", "亮", "明", "静", "宁", "勇", "强", "刚", "军",
        "平", "安", "健康", "建国", "胜利", "和平", "春天", "小雨", "晴", "帆", "桥", "舟", "云", "飞", "岩", "松", "梅", "兰", "菊", "竹", "峰", "海", "江", "河", "文",
        "武", "光", "阳", "月", "星", "辰", "晨"];

    private static readonly string[] Roles = ["师傅", "工程师", "主任", "主管", "组长", "班长", "厂长", "经理", "工", "总", "科长", "队长", "质检员", "安全员", "操作工",
        "维修工", "电工", "技术员", "值班员", "调度", "老师"];
    private static readonly string[] Trades = ["精密", "机械", "电子", "液压", "轴承", "汽车零部件", "装备", "自动化", "光电", "铝业", "模具", "机床", "物流", "新材料",
        "信息"];
    private static readonly char[] BrandCharacters = [.. "华恒达信源博远力科成业瑞固宇图丰泰德创宏润博诚威明珞长江顺联海天金银星云振兴松建新平安和光辉腾飞盛通利民珠湖山文中正大昌隆祥福康乐永开发人民解放青年"];
    private static readonly string[] OrganizationEnds = ["有限公司", "集团", "股份有限公司", "机械厂", "科技公司", "研究所", "大学", "银行", "重工", "汽车", "精密机械有限公司",
        "电子"];
    private static readonly string[] OrganizationNames = ["华信", "东海", "金龙", "恒达", "鑫源", "博远", "三力", "中科", "天成", "兴业", "凯瑞", "永固", "新宇",
        "宏图", "瑞丰", "安泰", "明德", "联创"];

    private static IEnumerable<Sentence> Generate(Random random, List<string> surnames, List<string> given, List<string> divisions,
        int count)
    {
        T Pick<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];
        string Queries() =>
            $"{(random.Next(2) == 0 ? Pick(divisions).TrimEnd('市', '省', '县', '区') : $"{Pick(BrandCharacters)}{Pick(BrandCharacters)}")}{Pick(["路", "街", "大道", "中路", "东路", "西街", "巷"])}";
        string Run(string of, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => of[random.Next(of.Length)]));
        // some with a surname of two characters, and some whose given name is a word of its own
        string Named() =>
            (random.Next(12) == 0 ? Pick(Compound) : Pick(surnames))
            + (random.Next(8) == 0 ? Pick(PlainNames) : random.Next(Unlisted) == 0 ? $"{Pick(given)[0]}{Pick(given)[^1]}" : Pick(given));
        for (var i = 0; i < count; i++)
            yield return Sentence.Fill(Pick(Patterns), kind => kind switch
            {
                'P' => (Named(), 0),
                'T' => (random.Next(12) == 0 ? Pick(surnames) + Pick(Parted) : Pick(Terms), -1),
                'R' => (Pick(Roles), -1),
                'A' =>
                    ($"{Pick(divisions)}{(random.Next(2) == 0 ? Pick(divisions) : "")}{Queries()}{(random.Next(5) > 0 ? $"{random.Next(1, 2000)}号{(random.Next(4) == 0 ? $"{random.Next(1, 30)}号楼{random.Next(1, 9)}0{random.Next(1, 9)}室" : "")}" : "")}", 1),
                'K' => ($"{(char)('A' + random.Next(26))}{(char)('A' + random.Next(26))}-{random.Next(10, 100)}", -1),
                'D' => (Run("0123456789", random.Next(4, 19)), -1),
                'W' =>
                    ($"{Run("ABCDEFGHJKLMNPQRSTUVWXYZ", random.Next(0, 4))}{Run("0123456789", random.Next(2, 9))}{(random.Next(2) == 0 ? "" : "-" + Run("0123456789abcdefghkmnpz", random.Next(2, 8)))}", -1),
                'X' => (string.Join(random.Next(2) == 0 ? ':' : '.', Enumerable.Range(0, 6).Select(_ => Run("0123456789abcdef", 2))), -1),
                'L' => (random.Next(3) == 0 ? Pick(divisions) + Pick(divisions) : Pick(divisions), 1),
                _ =>
                    ((random.Next(2) == 0 ? Pick(divisions).TrimEnd('市', '省', '县', '区') : "")
                        + (random.Next(2) == 0 ? Pick(OrganizationNames) : $"{Pick(BrandCharacters)}{Pick(BrandCharacters)}")
                        + (random.Next(2) == 0 ? Pick(Trades) : "") + Pick(OrganizationEnds), 2),
            }, _ => random.Next(2) == 0 ? Pick(["。", "?", "？", "!"]) : "");
    }

    private static IEnumerable<Sentence> Tell(Random random, (List<string> Surnames, List<string> Given) native,
        (List<string> Last, List<string> First) japanese, List<string> strangers, List<string> foreignCities, List<string> divisions,
        int count)
    {
        T Pick<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];
        // some names are on no list: the beginning of one and the end of another
        string Stranger() => random.Next(Unlisted) > 0 ? Pick(strangers) : Pick(strangers)[..2] + Pick(strangers)[^1];
        string Title() => Pick(["North", "San", "Old", "Fort"]) + Pick(["field", "ton", "Marie", "Bridge"]);
        for (var i = 0; i < count; i++)
            yield return Sentence.Fill(Pick(Chronicles.Patterns), kind => kind switch
            {
                'N' => (Pick(native.Surnames) + Pick(native.Given), 0),
                'G' => (Pick(native.Given), 0),
                'J' => (Pick(japanese.Last) + Pick(japanese.First), 0),
                'F' => (Stranger(), 0),
                'D' => (Stranger() + "·" + (random.Next(4) == 0 ? Stranger() + "·" : "") + Stranger(), 0),
                'E' => (Chronicles.Ruler(random), 0),
                'X' => (Pick(Chronicles.Behind), -1),
                'Y' => (Pick(Chronicles.Before), -1),
                'B' => (Pick(strangers), -1),
                'Z' => (Title(), 1),
                'T' => (Pick(Terms), -1),
                'L' => (random.Next(2) == 0 ? Pick(foreignCities) : Pick(divisions), 1),
                _ =>
                    (random.Next(2) == 0
                        ? Pick(foreignCities) + Pick(["队", "足球俱乐部", "大学", "联队", "银行", "公司", "交响乐团"])
                        : Pick(divisions).TrimEnd('市', '省', '县', '区') + Pick(OrganizationEnds), 2),
            }, _ => "");
    }
}
