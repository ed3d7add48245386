"""Capitalised words that follow "user", "owner", "member" … in texts about tenants, and name nobody. Pure."""

_TEXT = """
Access Account Accounts Action Actions Active Activity Admin Administration Administrative Administrator
Administrators Affinity Agent All Allowed Android Anti Antivirus Any App Apple Application Applications Approval
Approved Apps Assigned Assignment Assignments Attribute Attributes Audit Authentication Autopilot Azure Backup
Baseline BitLocker Block Blocked Browser Bundle Camera Can Cannot Cert Certificate Certificates Channel Check Choice
Client Cloud Compliance Compliant Computer Conditional Config Configuration Configurations Consent Console Container
Context Control Controls Corporate Could Credential Credentials Custom Data Default Defender Defined Delivery
Desktop Device Devices Did Directory Disabled Disk Does Domain Driven Driver Edge Edition Email Enabled Encryption
Endpoint Enrolled Enrollment Enrolment Enterprise Entra Environment Event Exchange Exclusion Exclusions Experience
Exploit Explorer External Failed FileVault Filter Firewall Firmware Folder For Forced Friendly From Fully Gateway
Global Graph Group Groups Guard Guest Guests Guide Hardening Has Health Hello Help Helpdesk High Home ID Identity If
Image Import In Info Information Initiated Install Internal Internet Intune Is IT Kiosk Known Launcher Level License
List Local Location Lock Log Login Logon Logs Low Managed Management Manager Map Mapping Medium Member Members
Membership Menu Microsoft Mobile Mode Model Monitoring Must Name Names Network New No Non None Not Notification
Notifications Object Off Office On One OneDrive Only Operator Option Options Or Other Outlook Owned Owner Owners
Package Page Password Passwords Path Permission Permissions Personal Phone Photo Pilot PIN Platform Policies Policy
Portal Power Preferences Presence Principal Printer Privacy Privilege Privileges Production Profile Profiles
Properties Property Protection Provisioning Proxy Read Readonly Registration Registry Release Remediation Remote
Removal Required Restricted Restriction Restrictions Right Rights Ring Risk Role Roles Root Rule Rules Scope Screen
Script Scripts Secure Security Self Server Servers Service Services Session Set Setting Settings Setup Shared
SharePoint Sign Single Smart Software Space Standard Start State Status Storage Store Subscription Support Surface
Switch Sync System Tag Tags Target Targeted Team Teams Template Templates Tenant Terms Test The This Tier Time To
Token Tunnel Type Types UAC Unknown Unlock Update Updates Usage Use User Username Users Value Version Virtual VPN
Was Web Wi Will Win Windows Wireless With Work Workplace Workspace Workstation Zone
"""
WORDS = tuple(_TEXT.split())
