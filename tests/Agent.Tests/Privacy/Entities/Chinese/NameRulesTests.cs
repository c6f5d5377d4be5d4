using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy.Entities.Chinese;

/// <summary>Names with a dot, names of other peoples, and names whose characters stand apart.</summary>
public sealed class NameRulesTests
{
    private static readonly Desensitizer Everything = Desensitizer.Create(new PrivacyOptions());

    /// <summary>A dot of any kind between characters that write sounds.</summary>
    [Theory]
    [InlineData("[[阿布都拉·买买提]]请假")]
    [InlineData("[[阿不都·热合曼]]请假")]
    [InlineData("[[吐尔逊·买买提]]请假")]
    [InlineData("[[阿依古丽·买买提]]请假")]
    [InlineData("操作员[[买合木提·阿布力孜]]")]
    [InlineData("操作员[[买合木提·阿布力孜]]提前下班")]
    [InlineData("[[阿布都拉•买买提]]请假")]
    [InlineData("[[阿布都拉・买买提]]请假")]
    [InlineData("[[阿布都拉‧买买提]]请假")]
    [InlineData("[[阿布都拉∙买买提]]请假")]
    [InlineData("[[阿布都拉.买买提]]请假")]
    [InlineData("[[艾尔肯·吐尼亚孜]]反映主轴异响")]
    [InlineData("[[古丽娜尔·阿不都热依木]]的手机丢了")]
    [InlineData("[[迪丽热巴·迪力木拉提]]")]
    [InlineData("[[买买提·艾力]]明天上班")]
    [InlineData("[[约翰·史密斯]]来访")]
    [InlineData("[[列奥纳多·达·芬奇]]")]
    public void Find_NameWithADot_IsFoundWhole(string marked) => Assert.Equal(marked, Marked.By(Everything, marked));

    /// <summary>Uighur, Kazakh, Mongolian and Tibetan names, with a cue or sure without.</summary>
    [Theory]
    [InlineData("[[斯琴高娃]]请假")]
    [InlineData("操作员[[斯琴高娃]]请假")]
    [InlineData("[[阿依古丽]]请假")]
    [InlineData("[[其其格]]请假")]
    [InlineData("[[斯琴格日乐]]负责夜班")]
    [InlineData("[[巴特尔]]说主轴过热")]
    [InlineData("[[乌兰图雅]]打电话来")]
    [InlineData("[[扎西顿珠]]请假")]
    [InlineData("[[次仁卓玛]]负责三号线")]
    [InlineData("[[索朗多吉]]和[[旦增平措]]换班")]
    [InlineData("[[扎西]]请假")]
    [InlineData("操作员[[卓玛]]没来")]
    [InlineData("[[努尔兰]]迟到")]
    [InlineData("[[叶尔肯别克]]今天值班")]
    [InlineData("通知[[巴合提别克]]来修")]
    [InlineData("[[买买提]]明天请假")]
    public void Find_NameOfAnotherPeople_IsFoundWhole(string marked) => Assert.Equal(marked, Marked.By(Everything, marked));

    /// <summary>Single characters between blanks, as in forms.</summary>
    [Theory]
    [InlineData("联系人 [[王 小 明]]")]
    [InlineData("联系人:[[王 小 明]] 电话[[13812345678]]")]
    [InlineData("姓名:[[张 伟]]")]
    [InlineData("姓名 [[欧 阳 娜 娜]]")]
    [InlineData("负责人 [[李  雷]]")]
    [InlineData("[[王 小 明]] 请假")]
    public void Find_SpacedName_IsFoundWhole(string marked) => Assert.Equal(marked, Marked.By(Everything, marked));

    [Theory]
    [InlineData("首页·设备·报警")]
    [InlineData("马达·马力")]
    [InlineData("扎西德勒")]
    [InlineData("开·关")]
    [InlineData("温度·压力·流量")]
    [InlineData("安全·质量·效率")]
    [InlineData("1·2·3")]
    [InlineData("版本2.0.1")]
    [InlineData("阀 门 开 关")]
    [InlineData("车 间 温 度")]
    [InlineData("产 品 合 格 证")]
    public void Find_TextThatOnlyLooksLikeIt_IsNone(string marked) => Assert.Equal(marked, Marked.By(Everything, marked));
}
