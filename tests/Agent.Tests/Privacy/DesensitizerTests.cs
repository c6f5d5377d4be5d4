using System.Security.Cryptography;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Placeholders;

namespace EdgeAgent.Tests.Privacy;

public sealed class DesensitizerTests
{
    private static readonly Desensitizer Everything = Desensitizer.Create(new PrivacyOptions());

    [Theory]
    [InlineData("张伟(工号 A10233)手机13812345678,身份证110101199003078515", "<PERSON_1>(工号 <EMPLOYEE_ID_1>)手机<PHONE_1>,身份证<CN_ID_1>")]
    [InlineData("请联系王小明师傅,三号机报警SP-14", "请联系<PERSON_1>师傅,三号机报警SP-14")]
    [InlineData("Please tell John Miller that line 3 is down.", "Please tell <PERSON_1> that line 3 is down.")]
    [InlineData("主轴变频器报警 SP-14 怎么处理?", "主轴变频器报警 SP-14 怎么处理?")]
    [InlineData("Alarm RB-12, what should I do?", "Alarm RB-12, what should I do?")]
    public void Scrub_FloorSentence_TakesOutWhoAndLeavesWhat(string text, string expected)
    {
        using var conversation = new Conversation();
        Assert.Equal(expected, Everything.Scrub(text, conversation).Text.Text);
    }

    [Fact]
    public void Scrub_OwnPatternsListsAndActions_AreUsed()
    {
        var options = new PrivacyOptions
        {
            Recognizers = [new CustomRecognizer { Name = "order", Type = "ORDER", Pattern = "AU-[0-9]{5}" }],
            Allow = ["10.0.0.1"],
            Deny = new Dictionary<string, IReadOnlyList<string>> { ["PROJECT"] = ["Falcon"] },
            Actions = new Dictionary<string, PrivacyAction>
            {
                ["EMAIL"] = PrivacyAction.Drop,
                ["PHONE"] = PrivacyAction.Mask,
                ["MAC_ADDRESS"] = PrivacyAction.Keep,
            },
        };
        Assert.Empty(OptionValidator.Problems(options));
        using var conversation = new Conversation();
        var (text, _) = new Desensitizer(options, null)
            .Scrub("AU-12345 falcon 10.0.0.1 10.0.0.2 a@b.org 13812345678 00:1B:44:11:3A:B7", conversation);
        Assert.Equal("<ORDER_1> <PROJECT_1> 10.0.0.1 <IP_ADDRESS_1>  ******** 00:1B:44:11:3A:B7", text.Text);
    }

    [Fact]
    public void Scrub_KeyedActions_ReplaceByPseudonymAndShape()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory.File("key"), RandomNumberGenerator.GetBytes(32));
        var options = new PrivacyOptions
        {
            KeyFile = directory.File("key"),
            Actions = new Dictionary<string, PrivacyAction>
            {
                ["EMAIL"] = PrivacyAction.Hash,
                ["PHONE"] = PrivacyAction.Encrypt,
                ["EMPLOYEE_ID"] = PrivacyAction.Encrypt,
            }
        };
        Assert.Empty(OptionValidator.Problems(options));
        using var key = PrivacyKey.Load(options.KeyFile);
        var desensitizer = new Desensitizer(options, null, key);
        using var conversation = new Conversation();
        var text = desensitizer.Scrub("a@b.org 打13812345678 工号A10233", conversation).Text.Text;
        var other = desensitizer.Scrub("a@b.org", new Conversation()).Text.Text;
        Assert.Matches("^EMAIL#[0-9a-f]{12} 打[0-9]{11} 工号<EMPLOYEE_ID_1>$", text); // too short to keep its shape: replaced
        Assert.StartsWith(other, text, StringComparison.Ordinal); // the same pseudonym in every conversation
        Assert.DoesNotContain("13812345678", text, StringComparison.Ordinal);
        Assert.Equal("13812345678", key.FormatPreserving.Decrypt(text[(text.IndexOf('打', StringComparison.Ordinal) + 1)..][..11], "PHONE"));
    }

    /// <summary>The quick look never says no where something would be found.</summary>
    [Fact]
    public void CouldFind_FactoryPositives_NeverMissesAFinding()
    {
        var patterns = new Desensitizer(new PrivacyOptions(), entities: null);
        var texts =
            System.Text.Json.JsonDocument.Parse(
                File.ReadAllBytes(Path.Combine(SharedData.Repository, "provisioning", "entities", "suites",
                    "factory.json"))).RootElement.EnumerateArray().Select(t => t.GetProperty("full_text").GetString()!).ToList();
        Assert.All(texts, t => Assert.True(patterns.CouldFind(t) || patterns.Find(t).Count == 0, t));
        Assert.Contains(texts, t => !patterns.CouldFind(t)); // the test must be able to fail
    }
}
