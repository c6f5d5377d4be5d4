using System.Net;
using System.Text.Json.Nodes;
using EdgeAgent.Endpoints.Pages;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Endpoints.Http;

namespace EdgeAgent.Tests.Endpoints.Pages;

/// <summary>What the deployer configures for the page.</summary>
public sealed class KioskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<JsonNode> SettingsAsync(KioskOptions options)
    {
        await using var rig = await HttpRig.StartAsync(isOpen: false);
        rig.Dispatcher.OpenPages([new KioskResource(options, new MqttOptions { Device = "press-07" })]);
        return JsonNode.Parse(await rig.Client.GetStringAsync("kiosk.json", Token))!;
    }

    [Fact]
    public async Task Settings_OfTheDeployer_AreServed()
    {
        var settings = await SettingsAsync(new KioskOptions
        {
            Name = "Press line",
            Accent = "#AA3300",
            Theme = KioskTheme.Contrast,
            IdleReset = TimeSpan.FromSeconds(45),
            Languages = [KioskLanguage.En, KioskLanguage.Zh],
            StartQuestions = [new() { En = "Both?", Zh = "两者?" }, new() { En = "One?" }],
        });
        var expected = JsonNode.Parse("""
            {
              "name": "Press line", "logo": null, "accent": "#AA3300", "theme": "contrast", "idle_s": 45, "languages": ["en", "zh"],
              "start_questions": { "en": ["Both?", "One?"], "zh": ["两者?"] }
            }
            """);
        Assert.True(JsonNode.DeepEquals(expected, settings), settings.ToJsonString());
    }

    [Fact]
    public async Task Settings_WithoutAName_HaveTheDevices() => Assert.Equal("press-07", (string?)(await SettingsAsync(new()))["name"]);

    /// <summary>Opened by itself, a logo that holds a script runs none.</summary>
    [Fact]
    public async Task Logo_IsServedWithItsTypeAndWithoutScripts()
    {
        using var files = new TemporaryDirectory();
        var file = files.File("logo.svg");
        await File.WriteAllTextAsync(file, "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", Token);
        var options = new KioskOptions { Logo = file };
        Assert.Equal(KioskLogo.Path, (string?)(await SettingsAsync(options))["logo"]);
        await using var rig = await HttpRig.StartAsync(isOpen: false);
        rig.Dispatcher.OpenPages([KioskLogo.Load(file)]);
        using var response = await rig.Client.GetAsync(KioskLogo.Path, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("image/svg+xml", response.Content.Headers.ContentType!.MediaType);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_OutOfTheirRange_AreNamed()
    {
        var problems = OptionValidator.Problems(new KioskOptions
        {
            Accent = "blue",
            IdleReset = TimeSpan.FromSeconds(1),
            Languages = [],
            StartQuestions = [new()],
        });
        Assert.Contains("Kiosk:Accent must be #rrggbb, found 'blue'", problems);
        Assert.Contains("Kiosk:IdleSeconds must be 15..3600, found 1", problems);
        Assert.Contains("Kiosk:Languages must name Zh, En or both, each once, found ''", problems);
        Assert.Contains("Kiosk:StartQuestions:0 must have a text in Zh or En, found none", problems);
        Assert.Equal(4, problems.Count);
    }

    [Fact]
    public void Options_OfAFile_ReplaceTheDefaultQuestionsAndMayShowNone()
    {
        using var files = new TemporaryDirectory();
        KioskOptions Load(string json)
        {
            File.WriteAllText(files.File("agent.json"), json);
            return AgentSettings.Load(files.File("agent.json"), new Dictionary<string, string?>()).Kiosk;
        }

        var options = Load("""{ "Kiosk": { "Languages": ["En"], "StartQuestions": [{ "En": "Which oil?" }] } }""");
        Assert.Equal([KioskLanguage.En], options.Languages);
        Assert.Equal([new StartQuestion { En = "Which oil?" }], options.StartQuestions);
        Assert.Empty(Load("""{ "Kiosk": { "StartQuestions": [] } }""").StartQuestions);
    }

    [Fact]
    public void Logo_OfAnotherType_IsRefused()
    {
        using var files = new TemporaryDirectory();
        var file = files.File("logo.pdf");
        File.WriteAllText(file, "x");
        Assert.Equal([$"Kiosk:Logo must end in .svg, .png, .jpg, .jpeg or .webp, found '{file}'"],
            OptionValidator.Problems(new KioskOptions { Logo = file }));
    }
}
