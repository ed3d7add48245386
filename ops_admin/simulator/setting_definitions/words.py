"""Splits setting ids into words, which they contain without spaces."""

from __future__ import annotations

from functools import cache

# Words that occur in setting ids. Capital letters are kept; other words are capitalised only at the start of a title.
VOCABULARY = """
abandoned about above abuse accept access accessories accessory account accounts across action activate activation
active ActiveX activity add adding additional address admin administrator administrators admins Adobe advanced
advertising after against age agent ago AI all allow allowed allowlist allows always analysis and Android anonymous
another anti antimalware antivirus any API APIs app appearance Apple applets application applications apply approval
approved apps archive are area array as asked ASR asset assignment assist assistance at attachment attachments attack
attempt attempts audio audioaccessory audit auditing AUs auth authenticate authenticated authentication authenticode
authority auths auto autocomplete autoconnect autofill automatic automatically autoplay autorun avg background backup
bad balloons banned bar based baseline basic basics battery be beam before behavior behind bin binary bind biometrics
BIOS BitLocker blank block blocked blocker blocking blocklist bluetooth bookmark boot bound box broker browse browser
browsers browsing buffer build builtin bundle button by bypass cache caching cadence calendar call calling calls camera
can capture card catch catchup category cellular cert certificate certificates cfg change changed channel channels
characters chat check checker child ciphers classes clean cleaned cleanup clear clearing click client clients clipboard
clips clock close cloud cocreator code collection come command common communicate communication communications
community company complete complexity compliance components compressed computation computer computing condition config
configurable configuration configurations configure confirm connect connected connection connections consent consistent
console consumer contact content context control controlled controls cookie cookies Copilot copy core corruption
Cortana cpu crash create created creating creation creator credential credentials criterion cross cumulative custom
customized cycle data database date day days deadline debug debugging debugs decryption default defender defer deferral
definition dehydration delay delegation delete demand deny dependent deployment depth description desktop destination
detailed detect detected detection dev developer development device devices diagnostic dialog different digest
digitally direct direction directories directory disable disabled disablement disabling disallow discoverable discovery
disk display distributed distribution distro DLL DNS do documents does domain domainnames domains don't down download
downloads downtime drag dragging drawing drive driver drivers drives drop dropdown dropped dual duration DVR dynamic
early edge editing elevate elevated elevation email embedded enable enabled enablement enabling enclosure encrypt
encrypted encryption end endpoint energy enforce enforcement engine enhance enhanced enrollment enter enterprise entire
Entra enumerate enumeration environment error errors escalation event events every everyone except exception exceptions
exclude excluded exclusions exe executable execute execution existing expiration explicit exploited explorer export
exportable exposed extended extension extensions external extranet FaceTime facial factor factory failed failure
failures fallback family fast feature features feedback feeds file files FileVault fill filter filtering filters find
fingerprint firewall firmware first fixed flags flash flow folder folders footnote for force forcelist foreground form
forms found Foundation foundational frames framework fraud free frequency friendly from full fullscreen fully function
gadget game games general generate generated generation generative generator geolocation global google GPO GPU grace
group groups guard guest guests guid handling handwriting hardened hardware hash HDCP headers health heap height help
HEVC hibernate hidden hide high history home homepage host hosted hotspots hour hours hover HTML HTTP HTTPS hypervisor
iccids ICE ICMP icon icons ID identification identifier identity idle IDs IE if iframe ignore ignoring image images
iMessage impersonate import improve improvement in inactivity inbound inbox include incoming indexing indicator
individuals infected information inherit initialization initialize initiated injecting ink inline inplace InPrivate
input insecure inside insiders insights inspection install installation installed installer installing installs
integration integrity Intel IntelliCode intelligence intelligent interactive interest interests interface internal
Internet interval into intranet Intune invalid invocation IO IP IPsec IPv6 is isolate isolation issues item items Java
JavaScript job jump keep kerberos kernel key keyboard keys known LAN language LAPS last latest launch launching leak
leave legacy length less let lets level levels library lid limit limits line linear link linked Linux list listener
lists live load loading local location locations lock lockdown locked lockout log logged logging login logoff logon
logons loose low LSA machine macro macros mail maintenance make malicious malware manage managed management manager
managing mandatory manually map mapped mark marked markup mass matching max maximum MB mdm media medium meet member
membership memory merge message messages messaging metering method MHT microphone Microsoft migration MIME min minimum
minute minutes mismatch mitigation mitigations mixed mode model modem moderate modification modified modify monitor
monitoring more motion mount mouse move mozilla MSFT MSI multi multicast must name named names native navigate
navigation need nested net NetBIOS network networking networks never new news next NFC no node non nonadmin nondomain
none nonMicrosoft normal not notification notifications notify NTLM number obfuscated object objects OEM of off offer
office offline older on once one OneDrive only OOBE opacity open opt option optional options optout or oracle ordering
organization origin origins other out outbound outdated outgoing over override owner ownership package packed packet
packets page paged pages pair pairing parent part party pass passing password passwords paste pasting path paths
payment peer per percent periodic permission permissions permit permitted persistence persistent personal
personalization personalized phishing picker picture pictures PIN ping pinned pipes platform play playground plugged
plugin plugins PnP point policies policy pop popup popups port ports post potentially power PowerShell pre precedence
prefetch prepairing preparing present prevalence prevent prevention preview previous print printer printers printing
prior privacy private privilege privileged privileges PRMP proceed process processes processing product profile
profiles program programs prohibit prompt prompted prompting prompts proof properties property protect protected
protection protocol provider proximal proxy PUA public publish publisher publishing purchase purge put QR quality
quarantine quick quiet quota random range ranges ransomware rapid RCS RDP read reader ready real reboot rebooting
recall receive recommendation recommended reconnect recovery recycle redirect redirection redirector redirects
reduction reference refresh regional register registration registry reinstall relay release reliant reload remediation
remember remind remote removable removal remove removed rename render rendering replay report reporting reports request
requests require required requiring reset resolution resource resources response responses restart restarts restore
restrict restricted restriction restrictions result results retain retention retries retroactive retry reuse revocation
right rights ring risk risky roaming roll root routes routinely routing RPC rule rules run running runtime safari safe
safety SAM same sample samples sandbox save saved saver saving scale scan scanning scans scareware schedule scheduled
schema schemes scope screen screenshot script scripting scriptlets scripts search second seconds secret secrets secure
security seen select send sense sensitive sent server servers service services session sessions set setting settings
setup severe severity shadow share shared shares sharing sheet shell short show shut shutdown SID side sideload sign
signature signatures signed signin silent silently simple single site sites size sleep slide slideshow smart
SmartScreen SMB snapshot snapshots sniffing software solicited source sources space spam special specific specified
specify speculation spoofing spotlight sql SSL SSP SSPs standard standby start started startup state status stealing
step stop storage store stored stores storing stream strict string strong structured Studio submission subscription
subsystem success suggested suggestions suite suites summary support supported suppress sure surface SwiftShader switch
switcher symbolic syn sync synced synchronization system tab tabs tag tagging take taking tamper target task TCP TDC
teams telemetry temp template temporary tenant terminal terminates termination tethering text than that the their them
themselves then these they thin third this those thread threads threat threats threshold through time timeout times TLS
to toast toasts todo too tool toolbar tools top total touch toward TPM track tracking traffic transfer translate
transport traverse trigger trust trusted tunnels turn type typed types typing typo typos typosquatting UAC UDP UEFI UI
unattended unauthenticated UNC uncached uncommon under undo unencrypted uninstall unless unload unpairing unprotected
unrestricted unsafe unsigned unsolicited until untrusted unused unwanted update updated updates updating upgrade upload
uploading upon URI URL URLs usage USB use used useful user username users utility validate validation value VB VBScript
vendor verification verify version VGPU via video view virtual virtualization virtualize virtually virus visible visual
voice volume VPN vulnerability vulnerable wait wake wakes wand warn warning warnings watermarking way weak wear web
webcam website WebSQL welcome when where which white whole Wi-Fi widgets width wifi Win32 window Windows WinInet WINS
winsock wireless with within without wizard wizards WLAN WMI word work worker workplace workspace workstation world
write writes writing WSL XAML Xbox XPS year your zero ZeroTouch zip zone zones
"""


LONGEST = 18


@cache
def _known() -> dict[str, str]:
    """Return each word in lower case with its plural and verb forms."""
    words = VOCABULARY.split()
    forms = {form: form for word in words if word.islower() and len(word) > 3 for form in _forms(word)}
    return forms | {word.lower(): word for word in words}


def _forms(word: str) -> tuple[str, ...]:
    stem = word.removesuffix("e")
    return (f"{word}s", f"{stem}ed", f"{stem}ing")


@cache
def spaced(run: str) -> str:
    """Return `allowarchivescanning` as `Allow archive scanning`. Unknown text stays as it is."""
    words = _split(run.lower())
    title = " ".join(_known().get(word, word) for word in words)
    return title[:1].upper() + title[1:]


def _split(run: str) -> list[str]:
    """Return the cheapest split: few words, and few letters outside known words."""
    best: list[tuple[int, list[str]]] = [(0, [])]
    for end in range(1, len(run) + 1):
        ways = [(start, run[start:end]) for start in range(max(0, end - LONGEST), end)]
        best.append(min((best[start][0] + _cost(piece), [*best[start][1], piece]) for start, piece in ways))
    return best[-1][1]


def _cost(piece: str) -> int:
    if piece in _known() or piece.isdigit():
        return 4 if len(piece) > 2 else 6
    return 8 + 3 * len(piece)
